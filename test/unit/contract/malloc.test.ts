import { describe, expect, test } from 'vitest';
import { expectCode } from '../../support/errors.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
  sizesOfAllTiers,
} from '../../support/heaps.js';
import { DisjointIntervals } from '../../support/intervals.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

describe('malloc', () => {
  test.each(sizesOfAllTiers)('%i bytes: aligned, in the heap, whole, and its own', (size) => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const intervals = new DisjointIntervals();
    const blocks = Array.from({ length: size > MiB ? 6 : 40 }, (_, tag) => {
      const ptr = mustMalloc(heap, size);
      const usable = heap.usableSize(ptr);
      expect(ptr % 16).toBe(0);
      expect(usable).toBeGreaterThanOrEqual(size);
      expect(ptr + usable).toBeLessThanOrEqual(heap.u8.length);
      expect(heap.owns(ptr)).toBe(true);
      intervals.add(ptr, ptr + Math.max(usable, 1));
      fillPattern(heap, ptr, usable, tag);
      return { ptr, usable, tag };
    });
    for (const { ptr, usable, tag } of blocks) {
      expect(hasPattern(heap, ptr, usable, tag)).toBe(true);
      expect(heap.usableSize(ptr)).toBe(usable);
    }
    expectSound(heap);
    expect(liveFigures(heap)).toEqual({
      liveBlocks: blocks.length,
      liveBytes: blocks.reduce((sum, { usable }) => sum + usable, 0),
    });
    for (const { ptr } of blocks) heap.free(ptr);
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expect(blocks.some(({ ptr }) => heap.owns(ptr))).toBe(false);
    expectSound(heap);
  });

  test('of 0 bytes gives a block of its own each time', () => {
    const heap = createHeap();
    const ptrs = Array.from({ length: 3000 }, () => mustMalloc(heap, 0));
    expect(new Set(ptrs).size).toBe(ptrs.length);
    expect(mustMalloc(heap, -0)).not.toBe(0);
    expect(heap.stats().liveBlocks).toBe(3001);
    for (const ptr of ptrs) heap.free(ptr);
    expectCode(() => heap.free(ptrs[0]!), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
    expect(heap.stats().liveBlocks).toBe(1);
  });

  test.each([
    [0, 1, KiB],
    [KiB + 1, 8 * KiB, 32 * KiB],
    [32 * KiB + 1, 100_000, MiB],
    [2 * MiB + 1, 5 * MiB, 8 * MiB],
  ])('sizes %i, %i and %i belong to one tier', (...sizes) => {
    const heap = createHeap();
    for (const size of sizes) mustMalloc(heap, size);
    expect(new Set([...heap.blocks()].map(({ tier }) => tier)).size).toBe(1);
  });

  test('1 KiB is the end of Tiny, 32 KiB the end of Mid', () => {
    const heap = createHeap();
    const tierOf = (size: number): string => {
      const ptr = mustMalloc(heap, size);
      return String([...heap.blocks()].find((block) => block.ptr === ptr)?.tier);
    };
    const [tiny, mid, large] = [tierOf(KiB), tierOf(KiB + 1), tierOf(32 * KiB + 1)];
    expect(tierOf(32 * KiB)).toBe(mid);
    expect(new Set([tiny, mid, large]).size).toBe(3);
  });

  test('gives back what was freed, without growing for ever', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
    for (let round = 0; round < 200; round++) {
      for (const size of sizesOfAllTiers) heap.free(mustMalloc(heap, size));
    }
    const { capacityBytes } = heap.stats();
    for (let round = 0; round < 2000; round++) {
      for (const size of sizesOfAllTiers) heap.free(mustMalloc(heap, size));
    }
    expect(heap.stats().capacityBytes).toBe(capacityBytes);
    expectSound(heap);
  });
});

describe('free', () => {
  test('of 0 and of -0 does nothing', () => {
    const heap = createHeap();
    mustMalloc(heap, 100);
    const figures = liveFigures(heap);
    heap.free(0);
    heap.free(-0);
    expect(liveFigures(heap)).toEqual(figures);
  });

  test.each([
    ['in order', (ptrs: number[]) => ptrs],
    ['in reverse', (ptrs: number[]) => ptrs.toReversed()],
    [
      'every other one first',
      (ptrs: number[]) => [...ptrs.filter((_, i) => i % 2 === 0), ...ptrs.filter((_, i) => i % 2)],
    ],
  ])('returns everything, %s', (_, order) => {
    // Of a fixed size, so that the heap's own tables are the same before and after.
    const heap = createHeap({ initialBytes: 256 * MiB, maximumBytes: 256 * MiB, prewarm: 0 });
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    for (const size of [16, 200, KiB, 5000, 32 * KiB, 70_000]) {
      const ptrs = Array.from({ length: 1500 }, () => mustMalloc(heap, size));
      for (const ptr of order(ptrs)) heap.free(ptr);
      expectSound(heap);
    }
    heap.flush();
    expect(heap.stats()).toMatchObject({ liveBlocks: 0, liveBytes: 0, slabBytesInUse });
    expectSound(heap);
    expectWorking(heap);
  });
});

describe('owns', () => {
  test('is true for the starts of blocks in use and for nothing else near them', () => {
    const heap = createHeap();
    for (const size of sizesOfAllTiers) {
      const ptr = mustMalloc(heap, size);
      expect(heap.owns(ptr)).toBe(true);
      for (const offset of [1, 2, 4, 8, 12, -1, 0.5]) {
        expect(heap.owns(ptr + offset), `${offset} beside a block of ${size}`).toBe(false);
      }
      for (let inside = 16; inside < Math.min(size, 70_000); inside += 16) {
        expect(heap.owns(ptr + inside), `${inside} into a block of ${size}`).toBe(false);
      }
      heap.free(ptr);
      expect(heap.owns(ptr)).toBe(false);
    }
    expect(heap.owns(0)).toBe(false);
  });
});
