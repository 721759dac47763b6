import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { HakmemError, Heap } from '../../src/index.js';
import { Agent } from '../support/agent.js';
import type { Parcel } from '../support/agent-protocol.js';
import { expectCode } from '../support/errors.js';
import { fill, largestBlock } from '../support/exhaust.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  liveFigures,
  MiB,
  mustMalloc,
} from '../support/heaps.js';
import { hasPattern } from '../support/pattern.js';

const options = { initialBytes: 32 * MiB, maximumBytes: 32 * MiB, prewarm: 0 };
const mixed = Array.from({ length: 500 }, (_, i) => (i * i * 37) % 40_000);

/** A worker that used the heap in every way and waits; half of its blocks are still in use. */
async function busyWorker(heap: Heap): Promise<{ agent: Agent; threadId: number; left: Parcel[] }> {
  const { agent, threadId } = await Agent.attached(heap.handle);
  await agent.call('churn', 10_000, 30_000, 3);
  const parcels = await agent.call('alloc', mixed, 1);
  const freed = parcels.filter((_, index) => index % 2 === 1);
  await agent.call(
    'free',
    freed.slice(0, 150).map(({ ptr }) => ptr),
  );
  for (const { ptr } of freed.slice(150)) heap.free(ptr);
  return { agent, threadId, left: parcels.filter((_, index) => index % 2 === 0) };
}

const threadIds = (heap: Heap): number[] => heap.stats().threads.map(({ threadId }) => threadId);

/** Nothing may be lost but the blocks that the dead thread had in use, and those can be freed. */
function expectNothingLost(
  heap: Heap,
  left: readonly Parcel[],
  slabBytesInUse: number,
  largest: number,
): void {
  expectSound(heap);
  expect(heap.stats().liveBlocks).toBe(left.length);
  expect(new Set([...heap.blocks()].map(({ ptr }) => ptr))).toEqual(
    new Set(left.map(({ ptr }) => ptr)),
  );
  for (const { ptr, size, tag } of left) {
    expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    heap.free(ptr);
  }
  expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  heap.flush();
  expect(heap.stats()).toMatchObject({ slabBytesInUse, cachedBytes: 0 });
  expectSound(heap);
  const ptr = heap.malloc(largest);
  expect(ptr).toBeGreaterThan(0);
  heap.free(ptr);
  expectWorking(heap);
}

describe('a worker that was terminated while idle', () => {
  test('is reclaimed with nothing lost but the blocks it had in use', async () => {
    const heap = createHeap(options);
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    const { agent, threadId, left } = await busyWorker(heap);
    await agent.terminate();
    expect(threadIds(heap)).toContain(threadId);
    const report = heap.reclaim(threadId);
    expect(report).toBeTypeOf('object');
    expect(threadIds(heap)).toEqual([heap.threadId]);
    expectNothingLost(heap, left, slabBytesInUse, largestBlock(options));
  });

  test('can be reclaimed by another worker', async () => {
    const heap = createHeap(options);
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    const dead = await busyWorker(heap);
    const other = await Agent.attached(heap.handle);
    await dead.agent.terminate();
    await other.agent.call('reclaim', dead.threadId);
    await expect(other.agent.call('reclaim', dead.threadId)).rejects.toThrow('ERR_INVALID_THREAD');
    await expect(other.agent.call('reclaim', other.threadId)).rejects.toThrow('ERR_INVALID_THREAD');
    await other.agent.call('detach');
    expectNothingLost(heap, dead.left, slabBytesInUse, largestBlock(options));
  });

  test('is reclaimed by itself where it is watched', async () => {
    const heap = createHeap(options);
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    const { agent, threadId, left } = await busyWorker(heap);
    heap.watch(agent.worker);
    await agent.terminate();
    await expect.poll(() => threadIds(heap)).not.toContain(threadId);
    expectNothingLost(heap, left, slabBytesInUse, largestBlock(options));
  });

  test('is reclaimed by itself where it was watched before it attached', async () => {
    const heap = createHeap(options);
    const agent = new Agent();
    heap.watch(agent.worker);
    const threadId = await agent.call('attach', heap.handle);
    const [parcel] = await agent.call('alloc', [100], 1);
    await agent.terminate();
    await expect.poll(() => threadIds(heap)).not.toContain(threadId);
    heap.free(parcel!.ptr);
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('is watched once, however often that is asked for', async () => {
    const heap = createHeap(options);
    const { agent, threadId } = await Agent.attached(heap.handle);
    const before = agent.worker.listenerCount('exit');
    for (let time = 0; time < 20; time++) heap.watch(agent.worker);
    expect(agent.worker.listenerCount('exit')).toBe(before + 1);
    await agent.terminate();
    await expect.poll(() => threadIds(heap)).not.toContain(threadId);
    expect(() => heap.watch(agent.worker)).not.toThrow();
    // Another Heap of the same thread, after this one detached, watches in its place.
    const next = await Agent.attached(heap.handle);
    heap.watch(next.agent.worker);
    heap.detach();
    const again = Heap.attach(heap.handle);
    again.watch(next.agent.worker);
    expect(next.agent.worker.listenerCount('exit')).toBe(before + 1);
    await next.agent.terminate();
    await expect.poll(() => threadIds(again)).toEqual([again.threadId]);
    again.detach();
  });

  test('leaves its record for the next one', async () => {
    const heap = createHeap({ ...options, maxThreads: 2 });
    for (let round = 0; round < 4; round++) {
      const { agent, threadId } = await Agent.attached(heap.handle);
      await agent.call('alloc', [10, 10_000], 1);
      await agent.terminate();
      const next = new Agent();
      await expect(next.call('attach', heap.handle)).rejects.toThrow('ERR_TOO_MANY_THREADS');
      heap.reclaim(threadId);
      await next.call('attach', heap.handle);
      await next.call('detach');
    }
    expect(heap.stats().liveBlocks).toBe(8);
    expectSound(heap);
  });

  test('does not stop others from filling the heap and freeing its blocks, before reclaim', async () => {
    const heap = createHeap(options);
    const { agent, threadId, left } = await busyWorker(heap);
    await agent.terminate();
    for (const { ptr } of left) heap.free(ptr);
    const ptrs = fill(heap, [100_000, 5000, 200, 16]);
    expect(ptrs.length).toBeGreaterThan(100);
    expectSound(heap);
    heap.reclaim(threadId);
    expectSound(heap);
    for (const ptr of ptrs) heap.free(ptr);
    const largest = heap.malloc(largestBlock(options));
    expect(largest).toBeGreaterThan(0);
    heap.free(largest);
  });

  test('had slabs full of blocks that others freed: they are found again', async () => {
    const heap = createHeap(options);
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    const { agent, threadId } = await Agent.attached(heap.handle);
    const parcels = await agent.call('fill', [300], 1);
    for (const { ptr } of parcels) heap.free(ptr);
    heap.flush();
    await agent.terminate();
    heap.reclaim(threadId);
    expect(heap.stats()).toMatchObject({ slabBytesInUse, cachedBytes: 0, liveBlocks: 0 });
    expect(fill(heap, [300])).toHaveLength(parcels.length);
  });
});

describe('watch', () => {
  test('of a worker that has exited says so', async () => {
    const heap = createHeap(options);
    const { agent, threadId } = await Agent.attached(heap.handle);
    await agent.terminate();
    const act = (): void => {
      heap.watch(agent.worker);
    };
    expectCode(act, 'ERR_INVALID_THREAD');
    expect(act).toThrow(/has exited.* reclaim it by its threadId/);
    heap.reclaim(threadId);
    expectSound(heap);
  });

  test('of a worker that detaches or ends by itself does no harm', async () => {
    const heap = createHeap({ ...options, maxThreads: 2 });
    const detached = await Agent.attached(heap.handle);
    heap.watch(detached.agent.worker);
    await detached.agent.call('detach');
    const next = await Agent.attached(heap.handle);
    heap.watch(next.agent.worker);
    const parcels = await next.agent.call('alloc', mixed, 1);
    await detached.agent.terminate();
    // The record belongs to the next one by now: it must not be reclaimed.
    await new Promise((resolve) => setImmediate(resolve));
    expect(threadIds(heap)).toContain(next.threadId);
    expect(await next.agent.call('countBroken', parcels)).toBe(0);
    await next.agent.end('exit');
    await expect.poll(() => threadIds(heap)).toEqual([heap.threadId]);
    expect(heap.stats().liveBlocks).toBe(mixed.length);
    expectSound(heap);
  });

  test('twice of the same worker does no harm', async () => {
    const heap = createHeap(options);
    const { agent, threadId } = await Agent.attached(heap.handle);
    heap.watch(agent.worker);
    heap.watch(agent.worker);
    await agent.terminate();
    await expect.poll(() => threadIds(heap)).not.toContain(threadId);
    expectSound(heap);
    expectWorking(heap);
  });

  test('by several heaps reclaims in each of them', async () => {
    const heaps = [createHeap(options), createHeap(options)];
    const agent = new Agent();
    for (const heap of heaps) heap.watch(agent.worker);
    for (const heap of heaps) {
      await agent.call('attach', heap.handle);
      await agent.call('alloc', [100], 1);
    }
    await agent.terminate();
    for (const heap of heaps) {
      await expect.poll(() => threadIds(heap)).toEqual([heap.threadId]);
      expect(heap.stats().liveBlocks).toBe(1);
    }
  });

  test('by twenty heaps has one listener, and an error in one heap leaves the others their turn', async () => {
    const heaps = Array.from({ length: 20 }, () =>
      createHeap({ maximumBytes: 8 * MiB, prewarm: 0 }),
    );
    const { agent } = await Agent.attached(heaps[0]!.handle);
    for (const heap of heaps.slice(1)) await agent.call('attach', heap.handle);
    // What `watch` listens to, with an exit that is told when the test says so.
    const worker = Object.assign(new EventEmitter(), { threadId: agent.worker.threadId });
    for (const heap of heaps) heap.watch(worker);
    expect(worker.listenerCount('exit')).toBe(1);
    await agent.terminate();
    // The agent holds the one that it attached to last.
    const [gone, damaged] = [heaps.shift()!, heaps.pop()!];
    gone.detach();
    const value = (): never => {
      throw new HakmemError('ERR_DAMAGED_HEAP', 'so the test says');
    };
    Object.defineProperty(damaged, 'connected', { value });
    expectCode(() => worker.emit('exit'), 'ERR_DAMAGED_HEAP');
    for (const heap of heaps) expect(threadIds(heap)).toEqual([heap.threadId]);
    expect(threadIds(damaged)).toHaveLength(2);
  });
});

test('reclaim refuses records that are not in use, and changes nothing', async () => {
  const heap = createHeap(options);
  const { agent, threadId } = await Agent.attached(heap.handle);
  const ptr = mustMalloc(heap, 100);
  await agent.terminate();
  heap.reclaim(threadId);
  const figures = liveFigures(heap);
  for (const id of [threadId, threadId + 1, heap.threadId, -1, 64, 1024, 2 ** 32 + threadId]) {
    expectCode(() => heap.reclaim(id), 'ERR_INVALID_THREAD');
  }
  expect(liveFigures(heap)).toEqual(figures);
  expect(heap.owns(ptr)).toBe(true);
  expectSound(heap);
});
