import { expect, it } from 'vitest';
import { Agent } from '../../support/agent.js';
import { createHeap, MiB } from '../../support/heaps.js';
import { counted, giveBack, take } from '../../support/telemetry.js';

const options = { maximumBytes: 64 * MiB, prewarm: 0 };

it('counts what other threads do, and each of them can reset it', async () => {
  const heap = createHeap(options);
  const { agent } = await Agent.attached(heap.handle, 0);
  const parcels = await agent.call('alloc', new Array<number>(50).fill(1024), 1);
  await agent.call(
    'free',
    parcels.map(({ ptr }) => ptr),
  );
  giveBack(heap, take(heap, 5, 1024));
  expect(counted(heap, 'largestTinyFrees')).toBe(55);
  const theirs = await agent.call('stats');
  expect(theirs.telemetry).toEqual(heap.stats().telemetry);
  heap.resetStats();
  expect((await agent.call('stats')).telemetry.largestTinyFrees).toBe(0);
  // Counters outlive their thread.
  await agent.call(
    'free',
    (await agent.call('alloc', [1024, 1024], 1)).map((parcel) => parcel.ptr),
  );
  await agent.call('detach');
  expect(counted(heap, 'largestTinyFrees')).toBe(2);
});

it('counts pushes to the remote target queue and the drains that meet them', async () => {
  const heap = createHeap(options);
  const { agent } = await Agent.attached(heap.handle, 0);
  // Three slabs of the agent, whose blocks come home through this thread's full cache.
  const parcels = await agent.call('alloc', new Array<number>(95).fill(1024), 1);
  giveBack(
    heap,
    parcels.map(({ ptr }) => ptr),
  );
  heap.flush();
  const pushed = counted(heap, 'remoteTargets');
  expect(pushed.pushes).toBeGreaterThanOrEqual(3);
  expect(pushed.drains).toBe(0);
  expect(counted(heap, 'freedTo').ssRemote).toBe(95);
  expect(heap.stats().threads[0]!.remoteFrees).toBe(95);
  await agent.call('flush');
  const drained = counted(heap, 'remoteTargets');
  expect(drained).toMatchObject({ pushes: pushed.pushes, drains: 1, slabs: 3, stale: 0 });
  // 2 to 3 slabs at once.
  expect(drained.lengths).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  await agent.call('detach');
});
