import { expect, onTestFinished } from 'vitest';
import { Heap, HakmemError, type HeapOptions } from '../../src/index.js';
import { GiB, KiB, MiB } from './units.js';

export { GiB, KiB, MiB };

/** One size of every kind of block: each tier at its ends and in its middle. */
export const sizesOfAllTiers: readonly number[] = [
  0,
  1,
  16,
  100,
  KiB,
  KiB + 1,
  10_000,
  32 * KiB,
  32 * KiB + 1,
  200_000,
  MiB,
  2 * MiB,
  3 * MiB + 5,
];

/** A heap for one test: at its end the heap must be sound, and this thread lets go of it. */
export function createHeap(options: HeapOptions = { maximumBytes: 64 * MiB }): Heap {
  return forThisTest(Heap.create(options));
}

/** Checks and detaches a heap when the running test ends, unless the test did so itself. */
export function forThisTest(heap: Heap): Heap {
  onTestFinished(() => {
    if (isDetached(heap)) return;
    try {
      expectSound(heap);
    } finally {
      heap.detach();
    }
  });
  return heap;
}

export function isDetached(heap: Heap): boolean {
  try {
    heap.free(0);
    return false;
  } catch (error) {
    if (error instanceof HakmemError && error.code === 'ERR_DETACHED') return true;
    throw error;
  }
}

/** Expects every stated invariant to hold, and shows which one does not. */
export function expectSound(heap: Heap): void {
  const report = heap.verify();
  expect(report.problems).toEqual([]);
  expect(report.ok).toBe(true);
}

/** Allocates where there must be room. */
export function mustMalloc(heap: Heap, size: number): number {
  const ptr = heap.malloc(size);
  expect(ptr, `malloc(${size}) where there is room`).toBeGreaterThan(0);
  return ptr;
}

/** What slabs and runs take up, without the heap's own tables, which grow with heap and threads. */
export function ownedBytes(heap: Heap): number {
  const { slabBytesInUse, metadataBytes } = heap.stats();
  return slabBytesInUse - metadataBytes;
}

/** What a caller that changed nothing must find again. */
export function liveFigures(heap: Heap): { liveBlocks: number; liveBytes: number } {
  const { liveBlocks, liveBytes } = heap.stats();
  return { liveBlocks, liveBytes };
}

/** Expects that the heap still allocates, keeps contents and frees, in every tier. */
export function expectWorking(heap: Heap): void {
  for (const size of [24, 5000, 100_000]) {
    const ptr = mustMalloc(heap, size);
    heap.u8.fill(0x5a, ptr, ptr + size);
    expect(heap.u8[ptr + size - 1]).toBe(0x5a);
    heap.free(ptr);
  }
}
