import { expect, test } from 'vitest';
import type { Heap } from '../../src/index.js';
import { Agent } from '../support/agent.js';
import { createHeap, MiB } from '../support/heaps.js';

const threadOf = (heap: Heap, id: number) =>
  heap.stats().threads.find(({ threadId }) => threadId === id)!;

test('each thread has figures of its own, and all of them see the same', async () => {
  const heap = createHeap({ maximumBytes: 256 * MiB });
  const { agent, threadId } = await Agent.attached(heap.handle);
  const here = threadOf(heap, heap.threadId);
  const there = threadOf(heap, threadId);

  const parcels = await agent.call(
    'alloc',
    Array.from({ length: 5000 }, (_, i) => i % 3000),
    1,
  );
  const allocated = threadOf(heap, threadId);
  expect(allocated.mallocs - there.mallocs).toBe(5000);
  expect(allocated.frees).toBe(there.frees);
  expect(allocated.refills).toBeGreaterThan(there.refills);
  expect(threadOf(heap, heap.threadId)).toEqual(here);
  expect(heap.stats().liveBlocks).toBe(5000);

  for (const { ptr } of parcels) heap.free(ptr);
  heap.flush();
  const freed = threadOf(heap, heap.threadId);
  expect(freed.frees - here.frees).toBe(5000);
  expect(freed.mallocs).toBe(here.mallocs);
  expect(freed.spills).toBeGreaterThan(here.spills);
  expect(freed.remoteFrees - here.remoteFrees).toBeGreaterThan(0);
  expect(freed.remoteFrees - here.remoteFrees).toBeLessThanOrEqual(5000);
  expect(threadOf(heap, threadId).frees).toBe(there.frees);
  expect(threadOf(heap, threadId).remoteFrees).toBe(there.remoteFrees);
  expect(heap.stats().liveBlocks).toBe(0);

  expect(await agent.call('stats')).toEqual(heap.stats());
});

test('frees of own blocks are not counted as remote', async () => {
  const heap = createHeap({ maximumBytes: 256 * MiB });
  const { agent, threadId } = await Agent.attached(heap.handle);
  await agent.call('churn', 20_000, 20_000, 5);
  await agent.call('flush');
  const { mallocs, frees, remoteFrees } = threadOf(heap, threadId);
  expect(mallocs).toBeGreaterThan(10_000);
  expect(frees).toBe(mallocs);
  expect(remoteFrees).toBe(0);
});

test('live figures stay right when threads come and go', async () => {
  const heap = createHeap({ maximumBytes: 256 * MiB });
  let expected = 0;
  for (let round = 0; round < 5; round++) {
    const { agent } = await Agent.attached(heap.handle);
    const parcels = await agent.call('alloc', [0, 100, 5000, 70_000, 100, 3_000_000], 1);
    expected += parcels.length;
    expect(heap.stats().liveBlocks).toBe(expected);
    await agent.call('free', [parcels[1]!.ptr]);
    await agent.call('detach');
    heap.free(parcels[3]!.ptr);
    expected -= 2;
    const blocks = [...heap.blocks()];
    const { liveBlocks, liveBytes } = heap.stats();
    expect(liveBlocks).toBe(expected);
    expect(liveBytes).toBe(blocks.reduce((sum, { size }) => sum + size, 0));
  }
});

test('stats can be read while other threads are busy', async () => {
  const heap = createHeap({ maximumBytes: 256 * MiB });
  const agents = await Promise.all([1, 2].map(() => Agent.attached(heap.handle)));
  let busy = true;
  const done = Promise.all(
    agents.map(({ agent }, seed) => agent.call('churn', 400_000, 50_000, seed)),
  ).finally(() => (busy = false));
  let reads = 0;
  while (busy || reads === 0) {
    const stats = heap.stats();
    expect(stats.threads).toHaveLength(3);
    expect(stats.capacityBytes).toBeLessThanOrEqual(stats.maximumBytes);
    expect(stats.peakSlabBytesInUse).toBeGreaterThan(0);
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  expect(heap.stats().liveBlocks).toBe(0);
});
