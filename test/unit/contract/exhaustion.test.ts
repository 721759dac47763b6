import { describe, expect, test } from 'vitest';
import { SLAB_BYTES as SLAB } from '../../../src/base/layout.js';
import { Heap } from '../../../src/index.js';
import { blocksThatFit, fill, fillingSizes, largestBlock } from '../../support/exhaust.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { sharedMemory } from '../../support/wasm-module.js';

const kinds = [
  ['a fixed heap', { initialBytes: 16 * MiB, maximumBytes: 16 * MiB }],
  ['a heap that grows', { initialBytes: 8 * MiB, maximumBytes: 24 * MiB }],
  ['a heap without prewarm', { initialBytes: 16 * MiB, maximumBytes: 16 * MiB, prewarm: 0 }],
] as const;

describe.each(kinds)('%s', (_, options) => {
  test('filled to the last block gives 0, and the largest block again after all is freed', () => {
    const largest = largestBlock(options);
    const heap = createHeap(options);
    for (let round = 0; round < 3; round++) {
      const ptrs = fill(heap, fillingSizes);
      expect(heap.malloc(0)).toBe(0);
      expect(heap.calloc(1, 1)).toBe(0);
      expect(heap.memalign(64, 1)).toBe(0);
      expect(heap.realloc(0, 1)).toBe(0);
      expect(heap.malloc(largest)).toBe(0);
      expect(heap.stats().liveBlocks).toBe(ptrs.length);
      expectSound(heap);
      for (const ptr of ptrs) heap.free(ptr);
      expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
      const again = heap.malloc(largest);
      expect(again).toBeGreaterThan(0);
      heap.free(again);
      expectSound(heap);
    }
  });

  test('filled with one class after another takes no fewer than when it was fresh', () => {
    const heap = createHeap(options);
    for (const size of [16, 100_000, KiB, 32 * KiB, 5 * MiB, 48, 2000, 300_000]) {
      const ptrs = fill(heap, [size]);
      expect(ptrs.length, `blocks of ${size}`).toBeGreaterThanOrEqual(blocksThatFit(options, size));
      for (const ptr of ptrs) heap.free(ptr);
      // What the thread caches may hold a slab back, and shift the runs of the next size by it.
      heap.flush();
    }
    expectSound(heap);
  });

  test('what is allocated stays valid when there is no more', () => {
    const heap = createHeap(options);
    const blocks = fill(heap, [100_000, 9000, 200, 16]).map((ptr, tag) => {
      const usable = heap.usableSize(ptr);
      fillPattern(heap, ptr, usable, tag);
      return { ptr, usable, tag };
    });
    for (const size of fillingSizes) expect(heap.malloc(size)).toBe(0);
    expect(blocks.every(({ ptr, usable, tag }) => hasPattern(heap, ptr, usable, tag))).toBe(true);
    for (const { ptr } of blocks.filter((_, i) => i % 2 === 0)) heap.free(ptr);
    expect(
      blocks
        .filter((_, i) => i % 2 === 1)
        .every(({ ptr, usable, tag }) => hasPattern(heap, ptr, usable, tag)),
    ).toBe(true);
    expectSound(heap);
    expectWorking(heap);
  });

  test('one free block is enough for one more of its class', () => {
    const heap = createHeap(options);
    const ptrs = fill(heap, [200]);
    for (let i = 0; i < 1000; i++) {
      const index = (i * 7919) % ptrs.length;
      heap.free(ptrs[index]!);
      ptrs[index] = heap.malloc(200);
      expect(ptrs[index]).toBeGreaterThan(0);
      expect(heap.malloc(200)).toBe(0);
    }
    expect(new Set(ptrs).size).toBe(ptrs.length);
  });
});

test('a Large block takes a gap of its length, whichever slab that starts at', () => {
  const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB, maxThreads: 4 });
  // Of two neighbours of an odd length one starts at an odd slab.
  const runs = [0, 1].map(() => mustMalloc(heap, 10.5 * SLAB));
  const gap = runs.find((ptr) => ptr % (2 * SLAB) !== 0)!;
  const size = 9.5 * SLAB;
  expect(heap.realloc(gap, size)).toBe(gap);
  fill(heap, fillingSizes);
  expect(heap.malloc(size)).toBe(0);
  heap.free(gap);
  heap.flush();
  expect(heap.memalign(2 * SLAB, size)).toBe(0);
  expect(heap.malloc(size)).toBe(gap);
});

test('a heap in a WebAssembly.Memory that cannot grow as far as maximumBytes ends with 0', () => {
  const memory = sharedMemory(8 * MiB, 16 * MiB);
  const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
  const ptrs = fill(heap, fillingSizes);
  expect(ptrs.length).toBeGreaterThan(1);
  expect(heap.u8.length).toBeLessThanOrEqual(16 * MiB);
  expect(heap.malloc(16)).toBe(0);
  expectSound(heap);
  for (const ptr of ptrs) heap.free(ptr);
  expectWorking(heap);
});

test('many heaps can be filled and dropped', () => {
  for (let i = 0; i < 100; i++) {
    const heap = Heap.create({ initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
    expect(fill(heap, [8 * MiB]).length).toBeGreaterThan(0);
    heap.detach();
  }
});
