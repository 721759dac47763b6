import { describe, expect, test } from 'vitest';
import type { Heap } from '../../src/index.js';
import { Agent } from '../support/agent.js';
import type { Parcel } from '../support/agent-protocol.js';
import { createHeap, expectSound, liveFigures, MiB } from '../support/heaps.js';
import { hasPattern } from '../support/pattern.js';

/** Of a fixed size, so that the heap's own tables are the same before and after. */
const options = { initialBytes: 256 * MiB, maximumBytes: 256 * MiB, prewarm: 0 };

/** The figures that a thread must leave as it found them. */
function footprint(heap: Heap) {
  const { slabBytesInUse, cachedBytes, threads } = heap.stats();
  return {
    slabBytesInUse,
    cachedBytes,
    threads: threads.map(({ threadId, state }) => ({ threadId, state })),
  };
}

const mixed = Array.from({ length: 600 }, (_, i) => (i * i * 131) % 150_000);

/** What a worker can do with a heap before it leaves. */
async function work(agent: Agent): Promise<Parcel[]> {
  await agent.call('churn', 20_000, 60_000, 7);
  const parcels = await agent.call('alloc', mixed, 1);
  expect(parcels).toHaveLength(mixed.length);
  return parcels;
}

const ptrsOf = (parcels: readonly Parcel[]): number[] => parcels.map(({ ptr }) => ptr);

describe('a worker that leaves', () => {
  test('by detach, with everything freed, leaves nothing behind', async () => {
    const heap = createHeap(options);
    heap.flush();
    const before = footprint(heap);
    for (let round = 0; round < 3; round++) {
      const { agent } = await Agent.attached(heap.handle);
      const parcels = await work(agent);
      expect(footprint(heap)).not.toEqual(before);
      await agent.call('free', ptrsOf(parcels));
      await agent.call('detach');
      expect(footprint(heap)).toEqual(before);
      expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
      expectSound(heap);
    }
  });

  test('by detach, prewarmed and with nothing done, leaves nothing behind', async () => {
    const heap = createHeap({ ...options, prewarm: 16 });
    heap.flush();
    const before = footprint(heap);
    const { agent } = await Agent.attached(heap.handle);
    await agent.call('detach');
    expect(footprint(heap)).toEqual(before);
    expectSound(heap);
  });

  test('by detach, with blocks in use, leaves just those, for others to free', async () => {
    const heap = createHeap(options);
    heap.flush();
    const before = footprint(heap);
    const { agent } = await Agent.attached(heap.handle);
    const parcels = await work(agent);
    await agent.call('detach');
    expect(footprint(heap).threads).toEqual(before.threads);
    expect(heap.stats().liveBlocks).toBe(parcels.length);
    expectSound(heap);
    for (const { ptr, size, tag } of parcels) {
      expect(heap.owns(ptr)).toBe(true);
      expect(hasPattern(heap, ptr, size, tag)).toBe(true);
      heap.free(ptr);
    }
    heap.flush();
    expect(footprint(heap)).toEqual(before);
    expectSound(heap);
  });

  test.each([
    ['as its event loop ends', 'close'],
    ['by process.exit', 'exit'],
    ['with an uncaught error', 'throw'],
  ] as const)('%s detaches by itself', async (_, how) => {
    const heap = createHeap(options);
    heap.flush();
    const before = footprint(heap);
    const agent = new Agent(heap.handle);
    const parcels = await work(agent);
    const half = ptrsOf(parcels).slice(300);
    await agent.call('free', half);
    await agent.end(how);
    expect(footprint(heap).threads).toEqual(before.threads);
    expect(heap.stats().liveBlocks).toBe(300);
    expectSound(heap);
    for (const ptr of ptrsOf(parcels).slice(0, 300)) heap.free(ptr);
    heap.flush();
    expect(footprint(heap)).toEqual(before);
  });

  test('detaches by itself after a call that an error ended in the middle', async () => {
    const heap = createHeap(options);
    heap.flush();
    const before = footprint(heap);
    const { agent } = await Agent.attached(heap.handle);
    await agent.call('breakOff');
    await agent.end('close');
    expect(footprint(heap).threads).toEqual(before.threads);
    expectSound(heap);
    for (const { ptr } of [...heap.blocks()]) heap.free(ptr);
    heap.flush();
    expect(footprint(heap)).toEqual(before);
    expectSound(heap);
  });

  test('and has detached before it ends does not do so again', async () => {
    const heap = createHeap({ maximumBytes: 64 * MiB, maxThreads: 2 });
    const first = await Agent.attached(heap.handle);
    await first.agent.call('detach');
    const second = await Agent.attached(heap.handle);
    expect(second.threadId).toBe(first.threadId);
    await first.agent.end('exit');
    expect(heap.stats().threads.map(({ threadId }) => threadId)).toContain(second.threadId);
    const parcels = await second.agent.call('alloc', mixed, 1);
    expect(await second.agent.call('countBroken', parcels)).toBe(0);
    expectSound(heap);
  });

  test('leaves orphaned slabs that another thread takes up', async () => {
    const heap = createHeap({ initialBytes: 16 * MiB, maximumBytes: 16 * MiB, prewarm: 0 });
    const { agent } = await Agent.attached(heap.handle);
    const parcels = await agent.call('fill', [200], 1);
    const freed = ptrsOf(parcels).filter((_, index) => index % 2 === 1);
    await agent.call('free', freed);
    await agent.call('detach');
    const again: number[] = [];
    for (let ptr = heap.malloc(200); ptr !== 0; ptr = heap.malloc(200)) again.push(ptr);
    expect(new Set(again)).toEqual(new Set(freed));
    expectSound(heap);
  });
});
