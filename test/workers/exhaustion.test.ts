import { describe, expect, test } from 'vitest';
import { Agent } from '../support/agent.js';
import { Barrier } from '../support/barrier.js';
import { fillingSizes, largestBlock } from '../support/exhaust.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  ownedBytes,
} from '../support/heaps.js';
import { DisjointIntervals } from '../support/intervals.js';

const options = { initialBytes: 16 * MiB, maximumBytes: 16 * MiB, prewarm: 0 };

/** Several workers fill a heap at the same time until none of them gets a block any more. */
async function fillTogether(agents: readonly Agent[], sizes: readonly number[]) {
  const { buffer } = Barrier.for(agents.length);
  return Promise.all(
    agents.map((agent, index) => agent.call('fill', sizes, index * 10_000_000, buffer)),
  );
}

const ptrsOf = (parcels: readonly { readonly ptr: number }[]): number[] =>
  parcels.map(({ ptr }) => ptr);

describe('a heap that several threads fill to the last block', () => {
  test.each([
    ['of all sizes', fillingSizes],
    ['of the least size', [16]],
    ['of 1 KiB', [KiB]],
    ['of 5000 bytes', [5000]],
    ['of 32 KiB', [32 * KiB]],
    ['of 100000 bytes', [100_000]],
  ])('with blocks %s is whole again when all are freed', async (_, sizes) => {
    const heap = createHeap(options);
    heap.flush();
    const before = ownedBytes(heap);
    const largest = largestBlock(options);
    const agents = (await Promise.all([1, 2, 3].map(() => Agent.attached(heap.handle)))).map(
      ({ agent }) => agent,
    );

    for (const letGo of ['flush', 'detach'] as const) {
      heap.flush();
      const parcels = await fillTogether(agents, sizes);
      const intervals = new DisjointIntervals();
      for (const ptr of ptrsOf(parcels.flat()).sort((a, b) => a - b)) {
        intervals.add(ptr, ptr + heap.usableSize(ptr));
      }
      expect(heap.malloc(sizes.at(-1)!)).toBe(0);
      expect(heap.stats().liveBlocks).toBe(parcels.flat().length);
      expectSound(heap);

      // Each frees half of its own and half of its neighbour's, all at the same time.
      const broken = await Promise.all(
        agents.map((agent, index) => agent.call('countBroken', parcels[(index + 1) % 3]!)),
      );
      expect(broken).toEqual([0, 0, 0]);
      await Promise.all(
        agents.map((agent, index) => {
          const own = ptrsOf(parcels[index]!).filter((_, i) => i % 2 === 0);
          const other = ptrsOf(parcels[(index + 1) % 3]!).filter((_, i) => i % 2 === 1);
          return agent.call('free', [...own, ...other]);
        }),
      );
      expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
      expectSound(heap);

      for (const agent of agents) await agent.call(letGo);
      const ptr = heap.malloc(largest);
      expect(ptr, `the largest block after ${letGo}`).toBeGreaterThan(0);
      heap.free(ptr);
      heap.flush();
      expect(heap.stats().cachedBytes).toBe(0);
      expect(ownedBytes(heap)).toBe(before);
      expectSound(heap);
      expectWorking(heap);
    }
    expect(heap.stats().threads).toHaveLength(1);
  });

  test('gives what one thread freed to another that has none', async () => {
    const heap = createHeap(options);
    const [one, other] = (await Promise.all([1, 2].map(() => Agent.attached(heap.handle, 0)))).map(
      ({ agent }) => agent,
    );
    const parcels = await one!.call('fill', [200], 1);
    expect(await other!.call('fill', [200], 1)).toEqual([]);
    const freed = ptrsOf(parcels.filter((_, index) => index % 2 === 0));
    await other!.call('free', freed);
    await other!.call('flush');
    const again = await one!.call('fill', [200], 1);
    expect(again).toHaveLength(freed.length);
    expect(new Set(ptrsOf(again))).toEqual(new Set(freed));
    expectSound(heap);
  });

  test('goes on when a thread with many cached blocks detaches', async () => {
    const heap = createHeap(options);
    const { agent } = await Agent.attached(heap.handle);
    const parcels = await agent.call('fill', [KiB], 1);
    await agent.call('free', ptrsOf(parcels));
    await agent.call('detach');
    let count = 0;
    while (heap.malloc(KiB) !== 0) count += 1;
    expect(count).toBe(parcels.length);
  });
});
