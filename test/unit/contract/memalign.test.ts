import { describe, expect, test } from 'vitest';
import { expectCode } from '../../support/errors.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
} from '../../support/heaps.js';
import { DisjointIntervals } from '../../support/intervals.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

const alignments = Array.from({ length: 17 }, (_, log2) => 2 ** log2);
const sizes = [0, 1, 24, 100, 1000, KiB, 1500, 5000, 20_000, 32 * KiB, 40_000, 200_000, 2 * MiB];

describe('memalign', () => {
  test.each(alignments)('to %i: every size is aligned and whole', (alignment) => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const intervals = new DisjointIntervals();
    const blocks = sizes.flatMap((size) =>
      Array.from({ length: 5 }, (_, tag) => {
        const ptr = heap.memalign(alignment, size);
        expect(ptr).toBeGreaterThan(0);
        expect(ptr % Math.max(alignment, 16), `${size} bytes`).toBe(0);
        const usable = heap.usableSize(ptr);
        expect(usable).toBeGreaterThanOrEqual(size);
        intervals.add(ptr, ptr + Math.max(usable, 1));
        fillPattern(heap, ptr, usable, tag);
        return { ptr, usable, tag };
      }),
    );
    expectSound(heap);
    expect(liveFigures(heap)).toEqual({
      liveBlocks: blocks.length,
      liveBytes: blocks.reduce((sum, { usable }) => sum + usable, 0),
    });
    for (const { ptr, usable, tag } of blocks) {
      expect(heap.owns(ptr)).toBe(true);
      expect(hasPattern(heap, ptr, usable, tag)).toBe(true);
      heap.free(ptr);
      expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
    }
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expectSound(heap);
  });

  test('an aligned block can be reallocated like any other', () => {
    const heap = createHeap();
    for (const alignment of [64, 4096, 65536]) {
      for (const [from, to] of [
        [10, 3000],
        [3000, 10],
        [40_000, 300_000],
        [300_000, 20],
      ] as const) {
        const old = heap.memalign(alignment, from);
        fillPattern(heap, old, from, 9);
        const ptr = heap.realloc(old, to);
        expect(hasPattern(heap, ptr, Math.min(from, to), 9, from)).toBe(true);
        expect(heap.stats().liveBlocks).toBe(1);
        heap.free(ptr);
      }
    }
  });

  test('many small blocks on pages of their own can all be freed and filled again', () => {
    const heap = createHeap({ initialBytes: 32 * MiB, maximumBytes: 32 * MiB });
    const fillAligned = (): number[] => {
      const ptrs = [];
      for (let ptr = heap.memalign(4096, 64); ptr !== 0; ptr = heap.memalign(4096, 64)) {
        ptrs.push(ptr);
      }
      return ptrs;
    };
    const first = fillAligned();
    expect(first.length).toBeGreaterThan(1000);
    for (const ptr of first) heap.free(ptr);
    const second = fillAligned();
    expect(second.length).toBe(first.length);
    for (const ptr of second) heap.free(ptr);
    expectSound(heap);
    expectWorking(heap);
  });

  test.each([2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER])('of %i bytes gives 0', (size) => {
    const heap = createHeap();
    for (const alignment of [1, 16, 4096, 65536]) expect(heap.memalign(alignment, size)).toBe(0);
    expectWorking(heap);
  });
});
