import { describe, expect, test } from 'vitest';
import { Agent } from '../support/agent.js';
import { createHeap, expectSound, KiB, liveFigures, MiB } from '../support/heaps.js';
import { Ring } from '../support/ring.js';
import { runEntry } from '../support/run-entry.js';
import type { HandoverAnswer, HandoverData } from './entries/handover.worker.js';

/** Workers in a circle: each sends to the next and receives from the one before. */
async function handOverInCircle(
  workers: number,
  options: { readonly count: number; readonly limit: number; readonly maximumBytes: number },
): Promise<void> {
  const { count, limit, maximumBytes } = options;
  const heap = createHeap({ initialBytes: maximumBytes, maximumBytes, prewarm: 0 });
  heap.flush();
  const before = heap.stats();
  const rings = Array.from({ length: workers }, () => Ring.withRoomFor(200).buffer);
  const answers = await Promise.all(
    rings.map((outbox, index) =>
      runEntry<HandoverData, HandoverAnswer>('handover', {
        handle: heap.handle,
        inbox: rings[(index + workers - 1) % workers]!,
        outbox,
        count,
        limit,
        seed: index + 1,
      }),
    ),
  );
  expect(answers).toEqual(answers.map(() => ({ received: count, broken: 0 })));
  expectSound(heap);
  const { slabBytesInUse, cachedBytes, threads } = heap.stats();
  expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  expect({ slabBytesInUse, cachedBytes, threads: threads.length }).toEqual({
    slabBytesInUse: before.slabBytesInUse,
    cachedBytes: before.cachedBytes,
    threads: 1,
  });
}

describe('blocks that change hands through shared memory', () => {
  test.each([
    ['Tiny', 2, KiB, 40_000],
    ['Mid', 2, 32 * KiB, 20_000],
    ['Large', 2, 600 * KiB, 2000],
    ['every tier', 3, 100 * KiB, 8000],
  ])('%s, between %i workers, arrive whole', async (_, workers, limit, count) => {
    await handOverInCircle(workers, { count, limit, maximumBytes: 512 * MiB });
  });

  test('arrive whole when the heap is nearly full all the time', async () => {
    await handOverInCircle(2, { count: 5000, limit: 60 * KiB, maximumBytes: 12 * MiB });
  });
});

describe('blocks that change hands by messages', () => {
  test('go through several workers and this thread', async () => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const agents = await Promise.all([1, 2].map(() => Agent.attached(heap.handle)));
    const sizes = Array.from({ length: 2000 }, (_, i) => (i * 7919) % 9000);
    for (let round = 0; round < 3; round++) {
      const made = await Promise.all(
        agents.map(({ agent }, index) => agent.call('alloc', sizes, index * 100_000)),
      );
      expect(heap.stats().liveBlocks).toBe(4000);
      const [first, second] = made;
      expect(await agents[1]!.agent.call('countBroken', first!)).toBe(0);
      expect(await agents[0]!.agent.call('countBroken', second!)).toBe(0);
      const ptrs = made.map((parcels) => parcels.map(({ ptr }) => ptr));
      // One half is freed by the other worker, one here, both at the same time.
      const [toSecond, toFirst] = ptrs.map((own) => own.slice(0, 1000));
      const freeing = [
        agents[1]!.agent.call('free', toSecond!),
        agents[0]!.agent.call('free', toFirst!),
      ];
      for (const ptr of ptrs.flatMap((own) => own.slice(1000))) heap.free(ptr);
      await Promise.all(freeing);
      expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
      expectSound(heap);
    }
  });
});
