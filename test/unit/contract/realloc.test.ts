import { describe, expect, test } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { fill } from '../../support/exhaust.js';
import {
  createHeap,
  expectSound,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
  sizesOfAllTiers,
} from '../../support/heaps.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

/** Two blocks of this size, the second behind the first with no room for a third between them. */
function neighbours(heap: Heap, size: number): [number, number] {
  const ptrs = Array.from({ length: 8 }, () => mustMalloc(heap, size)).toSorted((a, b) => a - b);
  const gap = (index: number): number => ptrs[index + 1]! - ptrs[index]!;
  const closest = [0, 1, 2, 3, 4, 5, 6].reduce((a, b) => (gap(b) < gap(a) ? b : a));
  return [ptrs[closest]!, ptrs[closest + 1]!];
}

describe('realloc', () => {
  const steps = sizesOfAllTiers.flatMap((from) => sizesOfAllTiers.map((to) => [from, to] as const));

  test.each(steps)('from %i to %i bytes keeps the contents', (from, to) => {
    const heap = createHeap();
    const old = mustMalloc(heap, from);
    fillPattern(heap, old, from, from);
    const ptr = heap.realloc(old, to);
    expect(ptr).toBeGreaterThan(0);
    expect(ptr % 16).toBe(0);
    const usable = heap.usableSize(ptr);
    expect(usable).toBeGreaterThanOrEqual(to);
    expect(hasPattern(heap, ptr, Math.min(from, to), from, from)).toBe(true);
    expect(liveFigures(heap)).toEqual({ liveBlocks: 1, liveBytes: usable });
    if (ptr !== old) expect(heap.owns(old)).toBe(false);
    heap.free(ptr);
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('of 0 allocates', () => {
    const heap = createHeap();
    for (const nothing of [0, -0]) {
      const ptr = heap.realloc(nothing, 100);
      expect(ptr).toBeGreaterThan(0);
      expect(heap.usableSize(ptr)).toBe(heap.usableSize(mustMalloc(heap, 100)));
    }
    expect(heap.stats().liveBlocks).toBe(4);
    expect(heap.realloc(0, 0)).toBeGreaterThan(0);
  });

  test('to 0 bytes leaves a block that is freed like any other', () => {
    const heap = createHeap();
    for (const size of sizesOfAllTiers) {
      const ptr = heap.realloc(mustMalloc(heap, size), 0);
      expect(ptr).toBeGreaterThan(0);
      expect(heap.owns(ptr)).toBe(true);
      heap.free(ptr);
    }
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test.each(sizesOfAllTiers)('of %i bytes stays in place within its class', (size) => {
    const heap = createHeap();
    const ptr = mustMalloc(heap, size);
    const usable = heap.usableSize(ptr);
    for (const next of [usable, size, Math.ceil((size + usable) / 2), usable, size]) {
      expect(heap.realloc(ptr, next)).toBe(ptr);
      expect(heap.usableSize(ptr)).toBe(usable);
    }
    expect(heap.stats().liveBlocks).toBe(1);
  });

  test.each([300_000, 600_000, 3 * MiB, 5 * MiB])(
    'grows %i bytes in place where the next slabs are free',
    (size) => {
      const heap = createHeap({ initialBytes: 64 * MiB, maximumBytes: 64 * MiB });
      const [first, second] = neighbours(heap, size);
      fillPattern(heap, first, size, 5);
      heap.free(second);
      heap.flush();
      const { liveBlocks } = heap.stats();
      const usable = heap.usableSize(first);
      expect(heap.realloc(first, usable + size / 2)).toBe(first);
      expect(heap.usableSize(first)).toBeGreaterThanOrEqual(usable + size / 2);
      expect(hasPattern(heap, first, size, 5)).toBe(true);
      expect(heap.owns(second)).toBe(false);
      expect(heap.stats().liveBlocks).toBe(liveBlocks);
      expectSound(heap);
      heap.free(first);
      expectSound(heap);
    },
  );

  test.each([70_000, 200_000, 300_000, 600_000, 5 * MiB])(
    'moves %i bytes where the next slabs are taken',
    (size) => {
      const heap = createHeap({ maximumBytes: 128 * MiB });
      const [first, second] = neighbours(heap, size);
      fillPattern(heap, first, size, 1);
      fillPattern(heap, second, size, 2);
      const moved = heap.realloc(first, 3 * heap.usableSize(first));
      expect(moved).not.toBe(first);
      expect(hasPattern(heap, moved, size, 1)).toBe(true);
      expect(hasPattern(heap, second, size, 2)).toBe(true);
      expect(heap.owns(first)).toBe(false);
      expectSound(heap);
    },
  );

  test('that grows never wastes more than 25 %, in place or not', () => {
    for (const from of [100, 1500, 50_000, 300_000, MiB, 2 * MiB, 5 * MiB]) {
      for (const factor of [1.01, 1.1, 1.3, 1.7, 2.2, 3]) {
        const heap = createHeap({ initialBytes: 64 * MiB, maximumBytes: 64 * MiB, prewarm: 0 });
        const to = Math.floor(from * factor);
        const ptr = heap.realloc(mustMalloc(heap, from), to);
        const usable = heap.usableSize(ptr);
        expect((usable - to) / usable, `from ${from} to ${to}`).toBeLessThanOrEqual(0.25);
      }
    }
  });

  test('a vector that grows by pushing keeps everything', () => {
    const heap = createHeap({ maximumBytes: 128 * MiB });
    let ptr = 0;
    let capacity = 0;
    for (let length = 0; length < 2_000_000; length++) {
      if (length === capacity) {
        capacity = Math.max(8, Math.floor(capacity * 1.5));
        ptr = heap.realloc(ptr, capacity * 4);
      }
      heap.u32[ptr / 4 + length] = length;
    }
    const words = heap.u32.subarray(ptr / 4, ptr / 4 + 2_000_000);
    expect(words.every((word, index) => word === index)).toBe(true);
    expect(heap.stats().liveBlocks).toBe(1);
    expectSound(heap);
  });

  test('gives 0 and leaves the old block untouched where there is no room', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB });
    const blocks = sizesOfAllTiers
      .filter((size) => size <= MiB)
      .map((size) => {
        const ptr = mustMalloc(heap, size);
        fillPattern(heap, ptr, size, size);
        return { ptr, size };
      });
    fill(heap, [MiB, 64 * KiB, 8 * KiB, KiB, 128, 16]);
    const figures = liveFigures(heap);
    for (const { ptr, size } of blocks) {
      for (const larger of [2 * MiB + size, 9 * MiB, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
        expect(heap.realloc(ptr, larger)).toBe(0);
        expect(heap.owns(ptr)).toBe(true);
        expect(hasPattern(heap, ptr, size, size)).toBe(true);
      }
    }
    expect(heap.realloc(0, 9 * MiB)).toBe(0);
    expect(liveFigures(heap)).toEqual(figures);
    expectSound(heap);
  });

  test('the block that moved away is free', () => {
    const heap = createHeap();
    const keep = mustMalloc(heap, 100);
    const old = mustMalloc(heap, 100);
    const ptr = heap.realloc(old, 5000);
    expectCode(() => heap.free(old), 'ERR_DOUBLE_FREE');
    expectCode(() => heap.realloc(old, 10), 'ERR_DOUBLE_FREE');
    heap.free(ptr);
    heap.free(keep);
  });
});
