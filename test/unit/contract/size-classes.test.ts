import { describe, expect, test } from 'vitest';
import { mean } from 'simple-statistics';
import type { Heap } from '../../../src/index.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { Random } from '../../support/random.js';

function usableFor(heap: Heap, size: number): number {
  const ptr = mustMalloc(heap, size);
  const usable = heap.usableSize(ptr);
  heap.free(ptr);
  return usable;
}

/** The share of a block that its request does not use. */
function wasteOf(heap: Heap, size: number): number {
  const usable = usableFor(heap, size);
  return (usable - size) / usable;
}

/** Every size up to 4 KiB, then steps of 1/200 of the size, with both neighbours of each step. */
function sizesUpTo(limit: number): number[] {
  const sizes = Array.from({ length: 4 * KiB }, (_, i) => i + 1);
  for (let size = 4 * KiB; size < limit; size = Math.ceil(size * 1.005)) {
    sizes.push(size - 1, size, size + 1);
  }
  return [...sizes, limit];
}

describe('size classes', () => {
  test('up to 48 bytes only round up to 16', () => {
    const heap = createHeap();
    for (let size = 1; size <= 48; size++) {
      // In the debug build, a block ends where its request did.
      const usable = FLAGS.HAKMEM_BUILD_HARDENED ? size : 16 * Math.ceil(size / 16);
      expect(usableFor(heap, size)).toBe(usable);
    }
  });

  test('above 48 bytes waste no more than 25 %', () => {
    const heap = createHeap();
    const wasteful = sizesUpTo(8 * MiB).filter((size) => size > 48 && wasteOf(heap, size) > 0.25);
    expect(wasteful).toEqual([]);
  });

  test.each([
    ['129 bytes to 1 KiB', 129, KiB],
    ['1 KiB to 32 KiB', KiB + 1, 32 * KiB],
    ['32 KiB to 2 MiB', 32 * KiB + 1, 2 * MiB],
    ['2 MiB to 8 MiB', 2 * MiB + 1, 8 * MiB],
    ['129 bytes to 8 MiB', 129, 8 * MiB],
  ])('waste no more than 12.5 %% on average over %s', (_, from, to) => {
    const heap = createHeap();
    const random = new Random(from);
    const evenly = Array.from({ length: 2000 }, () => from + random.below(to - from + 1));
    expect(mean(evenly.map((size) => wasteOf(heap, size)))).toBeLessThanOrEqual(0.125);
    const byMagnitude = evenly.map(() => Math.floor(from * (to / from) ** random.fraction()));
    expect(mean(byMagnitude.map((size) => wasteOf(heap, size)))).toBeLessThanOrEqual(0.125);
  });

  test('a larger request never gets a smaller block', () => {
    const heap = createHeap();
    let last = 0;
    for (const size of sizesUpTo(8 * MiB).toSorted((a, b) => a - b)) {
      const usable = usableFor(heap, size);
      expect(usable).toBeGreaterThanOrEqual(last);
      last = usable;
    }
  });

  test('the same size is the same class, whatever the heap held before', () => {
    const heap = createHeap();
    const sizes = [1, 40, 100, 700, 1500, 20_000, 40_000, 300_000];
    const fresh = sizes.map((size) => usableFor(heap, size));
    const kept = Array.from({ length: 2000 }, (_, i) => mustMalloc(heap, (i * 37) % 3000));
    expect(sizes.map((size) => usableFor(heap, size))).toEqual(fresh);
    for (const ptr of kept) heap.free(ptr);
    expect(sizes.map((size) => usableFor(heap, size))).toEqual(fresh);
  });
});
