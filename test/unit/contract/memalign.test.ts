import { describe, expect, test } from 'vitest';
import { SLAB_BYTES as SLAB } from '../../../src/base/layout.js';
import { expectCode } from '../../support/errors.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
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

  test.each([0, SLAB, 33 * SLAB])(
    'to 64 KiB of any length among runs that start anywhere, in 24 MiB and %i bytes',
    (more) => {
      const heap = createHeap({ maximumBytes: 24 * MiB + more, maxThreads: 4 });
      const lengths = [1, 2, 4, 6, 8, 9, 10, 30, 31, 32, 33, 34, 62, 63, 64, 65, 66, 96].map(
        (n) => n * SLAB,
      );
      const intervals = new DisjointIntervals();
      const others = [33, 9, 10, 31, 65, 11, 10].map((n) => mustMalloc(heap, n * SLAB));
      for (const [i, ptr] of others.entries()) others[i] = heap.realloc(ptr, (9 + (i % 2)) * SLAB);
      const blocks = [];
      for (let round = 0; round < 4; round++) {
        for (const size of lengths) {
          const ptr = heap.memalign(65536, size - (round % 2) * 16);
          expect(ptr % 65536, `${size} bytes`).toBe(0);
          if (ptr !== 0) blocks.push(ptr);
          if (round === 0 && others.length > 0) heap.free(others.pop()!);
        }
        for (const ptr of blocks.splice(0, round + 3)) {
          const moved = heap.realloc(ptr, 9 * SLAB + round * 5 * SLAB);
          heap.free(moved === 0 ? ptr : moved);
        }
        expectSound(heap);
      }
      expect(blocks.length).toBeGreaterThan(0);
      for (const ptr of blocks) intervals.add(ptr, ptr + heap.usableSize(ptr));
      for (const ptr of blocks) heap.free(ptr);
      expect(liveFigures(heap).liveBlocks).toBe(0);
      expectSound(heap);
    },
  );

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
