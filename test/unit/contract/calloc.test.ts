import { describe, expect, test } from 'vitest';
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
import { isZero } from '../../support/pattern.js';
import { sharedMemory } from '../../support/wasm-module.js';

describe('calloc', () => {
  test.each(sizesOfAllTiers)('%i bytes: zero, aligned, at least as large', (size) => {
    const heap = createHeap();
    const ptr = heap.calloc(1, size);
    expect(ptr).toBeGreaterThan(0);
    expect(ptr % 16).toBe(0);
    expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(size);
    expect(isZero(heap, ptr, size)).toBe(true);
  });

  test.each(sizesOfAllTiers)('%i bytes: zero where dirty blocks were freed', (size) => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const count = size >= MiB ? 5 : 300;
    const dirty = Array.from({ length: count }, () => {
      const ptr = mustMalloc(heap, size);
      heap.u8.fill(0xff, ptr, ptr + heap.usableSize(ptr));
      return ptr;
    });
    for (const ptr of dirty) heap.free(ptr);
    for (let i = 0; i < count * 2; i++) {
      const ptr = heap.calloc(1, size);
      expect(isZero(heap, ptr, size)).toBe(true);
      if (i % 3 !== 0) continue;
      heap.u8.fill(0xee, ptr, ptr + size);
      heap.free(ptr);
    }
    expectSound(heap);
  });

  test('is zero where another class or tier left its dirt', () => {
    const heap = createHeap({ initialBytes: 16 * MiB, maximumBytes: 16 * MiB });
    for (const dirtySize of [MiB, 64, 20_000, KiB, 200_000]) {
      const dirty = [];
      for (let ptr = heap.malloc(dirtySize); ptr !== 0; ptr = heap.malloc(dirtySize)) {
        heap.u8.fill(0xff, ptr, ptr + heap.usableSize(ptr));
        dirty.push(ptr);
      }
      for (const ptr of dirty) heap.free(ptr);
      const blocks = [16, 48, 500, KiB, 3000, 32 * KiB, 50_000, 300_000, 2 * MiB].map((size) => {
        const ptr = heap.calloc(1, size);
        expect(isZero(heap, ptr, size), `${size} bytes after ${dirtySize}`).toBe(true);
        return ptr;
      });
      for (const ptr of blocks) heap.free(ptr);
    }
  });

  test('is zero over slabs that served as metadata before', () => {
    for (const small of [16, 1000, 20_000, 100_000]) {
      const heap = createHeap({ initialBytes: 16 * MiB, maximumBytes: 32 * MiB });
      const ptrs = Array.from({ length: small < 20_000 ? 20_000 : 80 }, () =>
        mustMalloc(heap, small),
      );
      for (const ptr of ptrs) heap.free(ptr);
      heap.flush();
      for (const size of [14 * MiB, 6 * MiB, 3 * MiB, 24 * MiB]) {
        const ptr = heap.calloc(1, size);
        expect(isZero(heap, ptr, size), `${size} bytes after blocks of ${small}`).toBe(true);
        heap.free(ptr);
        heap.flush();
      }
    }
  });

  test('is zero where blocks were flushed, and on a second attach', () => {
    const heap = createHeap();
    for (let round = 0; round < 3; round++) {
      const ptrs = Array.from({ length: 2000 }, () => heap.calloc(3, 33));
      expect(ptrs.every((ptr) => isZero(heap, ptr, 99))).toBe(true);
      for (const ptr of ptrs) heap.u8.fill(0xab, ptr, ptr + 99);
      for (const ptr of ptrs) heap.free(ptr);
      heap.flush();
    }
  });

  test('is zero in a memory that was full of other things', () => {
    const memory = sharedMemory(8 * MiB, 16 * MiB);
    new Uint8Array(memory.buffer).fill(0xff);
    const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 16 * MiB });
    expectSound(heap);
    expectWorking(heap);
    for (const size of [16, 100, KiB, 5000, 32 * KiB, 100_000, MiB]) {
      for (let i = 0; i < 5; i++) {
        expect(isZero(heap, heap.calloc(1, size), size), `${size} bytes`).toBe(true);
      }
    }
  });

  test('is zero where a heap grows within a memory that was longer, and full of other things', () => {
    const memory = sharedMemory(16 * MiB, 16 * MiB);
    new Uint8Array(memory.buffer).fill(0xff);
    const heap = createHeap({
      memory,
      initialBytes: 4 * MiB,
      maximumBytes: 16 * MiB,
      maxThreads: 4,
    });
    for (const size of [100, 32 * KiB, 100_000, MiB]) {
      for (let i = 0; i < 3; i++) {
        expect(isZero(heap, heap.calloc(1, size), size), `${size} bytes`).toBe(true);
      }
    }
    const rest = 6 * MiB;
    expect(isZero(heap, heap.calloc(1, rest), rest)).toBe(true);
    expect(heap.stats().growths).toBeGreaterThan(0);
    expectSound(heap);
  });

  test('multiplies count and size', () => {
    const heap = createHeap();
    expect(heap.usableSize(heap.calloc(1000, 1000))).toBeGreaterThanOrEqual(1_000_000);
    expect(heap.usableSize(heap.calloc(7, 9))).toBe(heap.usableSize(heap.malloc(63)));
  });

  test.each([
    [0, 8],
    [8, 0],
    [0, 0],
    [0, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, 0],
    [-0, 8],
  ])('of %i times %i gives an empty block of its own', (count, size) => {
    const heap = createHeap();
    const one = heap.calloc(count, size);
    const other = heap.calloc(count, size);
    expect(one).toBeGreaterThan(0);
    expect(other).toBeGreaterThan(0);
    expect(one).not.toBe(other);
    heap.free(one);
    heap.free(other);
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test.each(
    [
      [2 ** 16, 2 ** 16],
      [2 ** 31, 2],
      [2 ** 32, 2 ** 32],
      [2 ** 31, 2 ** 31],
      [3, 2 ** 32 / 3 + 16],
      [Number.MAX_SAFE_INTEGER, 2],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      [1, 64 * MiB + 1],
      [65, MiB],
    ].map(([count, size]) => [Math.floor(count!), Math.floor(size!)]),
  )('of %i times %i gives 0, for no heap can hold it', (count, size) => {
    const heap = createHeap({ maximumBytes: 64 * MiB });
    const figures = liveFigures(heap);
    expect(heap.calloc(count!, size!)).toBe(0);
    expect(liveFigures(heap)).toEqual(figures);
    expectWorking(heap);
  });

  test('does not touch memory that was never used', () => {
    const heap = createHeap({ maximumBytes: 1024 * MiB });
    const before = process.memoryUsage.rss();
    const ptr = heap.calloc(1, 512 * MiB);
    expect(ptr).toBeGreaterThan(0);
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * MiB);
    expect(heap.u8[ptr + 500 * MiB]).toBe(0);
  });
});
