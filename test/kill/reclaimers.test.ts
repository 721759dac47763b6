import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Agent } from '../support/agent.js';
import { Barrier } from '../support/barrier.js';
import { createHeap, expectSound, MiB } from '../support/heaps.js';

const options = { initialBytes: 32 * MiB, maximumBytes: 32 * MiB, prewarm: 0 };

test('of two threads that reclaim the same one at once, one does', async () => {
  const heap = createHeap(options);
  const reclaimers = await Promise.all([0, 1].map(() => Agent.attached(heap.handle)));
  for (let round = 0; round < 15; round++) {
    const dead = await Agent.attached(heap.handle);
    await dead.agent.call('churn', 3000, 30_000, round);
    await dead.agent.terminate();
    const barrier = Barrier.for(2).buffer;
    const results = await Promise.allSettled(
      reclaimers.map(({ agent }) => agent.call('reclaim', dead.threadId, barrier)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(String(refused?.reason)).toContain('ERR_INVALID_THREAD');
  }
  for (const { agent } of reclaimers) await agent.call('detach');
  heap.flush();
  expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
  expectSound(heap);
});

test('a watch that comes late leaves the thread alone that has the record since', async () => {
  const heap = createHeap({ ...options, maxThreads: 2 });
  const dead = await Agent.attached(heap.handle);
  // What `watch` listens to, with an exit that is told later than it happened.
  const late = Object.assign(new EventEmitter(), { threadId: dead.agent.worker.threadId });
  heap.watch(late);
  await dead.agent.terminate();
  heap.reclaim(dead.threadId);
  const next = await Agent.attached(heap.handle);
  expect(next.threadId).toBe(dead.threadId);
  const parcels = await next.agent.call('alloc', [100, 5000, 300_000], 1);
  late.emit('exit');
  expect(heap.stats().threads.map(({ threadId }) => threadId)).toContain(next.threadId);
  expect(await next.agent.call('countBroken', parcels)).toBe(0);
  await next.agent.call(
    'free',
    parcels.map(({ ptr }) => ptr),
  );
  await next.agent.call('detach');
  expectSound(heap);
});
