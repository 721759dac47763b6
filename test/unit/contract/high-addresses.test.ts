import { expect, test } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { fill } from '../../support/exhaust.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  GiB,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { DisjointIntervals } from '../../support/intervals.js';
import { fillPattern, hasPattern, isZero } from '../../support/pattern.js';

/** A heap of 4 GiB whose room up to `limit` is taken by blocks that stay. */
function heapFullUpTo(limit: number): Heap {
  const heap = createHeap({ initialBytes: 4 * GiB, maximumBytes: 4 * GiB });
  const ptrs = fill(heap, [64 * MiB, 8 * MiB, 900 * KiB, 100 * KiB, 32 * KiB, KiB]);
  for (const ptr of ptrs.filter((ptr) => ptr > limit)) heap.free(ptr);
  return heap;
}

test.each([
  ['2 GiB', 2 * GiB],
  ['3.5 GiB', 3.5 * GiB],
])('everything works above %s', (_, limit) => {
  const heap = heapFullUpTo(limit);
  const base = liveFigures(heap);
  const intervals = new DisjointIntervals();
  const blocks = [100, KiB, 5000, 100_000, 3 * MiB].flatMap((size) =>
    Array.from({ length: 20 }, (_, tag) => {
      const ptr = tag % 2 === 0 ? mustMalloc(heap, size) : heap.calloc(1, size);
      if (tag % 2 === 1) expect(isZero(heap, ptr, size)).toBe(true);
      intervals.add(ptr, ptr + heap.usableSize(ptr));
      fillPattern(heap, ptr, size, tag);
      return { ptr, size, tag };
    }),
  );
  const high = blocks.filter(({ ptr }) => ptr > limit);
  expect(high.length).toBeGreaterThan(20);
  for (const { ptr, size, tag } of high) {
    expect(ptr % 16).toBe(0);
    expect(heap.owns(ptr)).toBe(true);
    expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    for (const wrong of [ptr - 2 ** 32, ptr | 0, ptr + 2 ** 32, ptr + 8, ptr + 16, -ptr]) {
      expect(heap.owns(wrong)).toBe(false);
      expectCode(() => heap.free(wrong), 'ERR_INVALID_POINTER');
    }
  }
  const listed = new Set([...heap.blocks()].map(({ ptr }) => ptr));
  expect(high.every(({ ptr }) => listed.has(ptr))).toBe(true);

  const aligned = heap.memalign(4096, 5000);
  expect(aligned % 4096).toBe(0);
  heap.free(aligned);
  const view = heap.mallocAs(Float64Array, 1000);
  view.fill(1.5);
  expect(heap.f64[view.byteOffset / 8 + 999]).toBe(1.5);
  heap.free(view);

  for (const { ptr, size, tag } of blocks) {
    const moved = heap.realloc(ptr, size * 3);
    expect(hasPattern(heap, moved, size, tag)).toBe(true);
    heap.free(moved);
    expectCode(() => heap.free(moved), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
  }
  expect(liveFigures(heap)).toEqual(base);
  heap.flush();
  expectSound(heap);
  expectWorking(heap);
});

test('the last bytes of 4 GiB can be used and freed', () => {
  const heap = createHeap({ initialBytes: 4 * GiB, maximumBytes: 4 * GiB });
  let last = 0;
  for (const size of [256 * MiB, 32 * MiB, 2 * MiB, 64 * KiB]) {
    for (let ptr = heap.malloc(size); ptr !== 0; ptr = heap.malloc(size)) {
      last = Math.max(last, ptr);
    }
  }
  const usable = heap.usableSize(last);
  expect(last + usable).toBeGreaterThan(4 * GiB - 4 * MiB);
  expect(last + usable).toBeLessThanOrEqual(4 * GiB);
  heap.u8[last + usable - 1] = 5;
  if (last + usable === 4 * GiB) expect(heap.u8.at(-1)).toBe(5);
  heap.free(last);
  expect(heap.owns(last)).toBe(false);
  expectCode(() => heap.free(4 * GiB), 'ERR_INVALID_POINTER');
  expectCode(() => heap.free(4 * GiB - 16), 'ERR_INVALID_POINTER');
  for (const { ptr } of [...heap.blocks()]) heap.free(ptr);
  expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  expect(heap.malloc(3 * GiB)).toBeGreaterThan(0);
});

test('a full heap of 4 GiB has nothing beyond its end, orphans or not', () => {
  const heap = createHeap({ initialBytes: 4 * GiB, maximumBytes: 4 * GiB });
  const intervals = new DisjointIntervals();
  const note = (ptr: number): void => {
    intervals.add(ptr, ptr + heap.usableSize(ptr));
  };
  note(mustMalloc(heap, 100));
  // The slab of that block waits for a thread that wants its class.
  heap.flush();
  for (const size of [256 * MiB, 32 * MiB, 2 * MiB, 512 * KiB, 300 * KiB, KiB]) {
    for (let ptr = heap.malloc(size); ptr !== 0; ptr = heap.malloc(size)) note(ptr);
  }
  expectSound(heap);
});
