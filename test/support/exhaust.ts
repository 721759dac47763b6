import { expect } from 'vitest';
import { Heap, type HeapOptions } from '../../src/index.js';
import { KiB, MiB } from './heaps.js';

/** Sizes in falling order that fill a heap to its last block: every tier, each class edge. */
export const fillingSizes: readonly number[] = [
  8 * MiB,
  2 * MiB,
  512 * KiB,
  64 * KiB,
  32 * KiB,
  8 * KiB,
  KiB,
  256,
  16,
];

/** Allocates each size in turn until there is no room for it. */
export function fill(heap: Heap, sizes: readonly number[]): number[] {
  const ptrs: number[] = [];
  for (const size of sizes) {
    for (let ptr = heap.malloc(size); ptr !== 0; ptr = heap.malloc(size)) ptrs.push(ptr);
  }
  return ptrs;
}

/** The size of the largest block that a heap of this kind can give while it is empty. */
export function largestBlock(options: HeapOptions & { maximumBytes: number }): number {
  let fits = 0;
  let fails = options.maximumBytes + 1;
  while (fails - fits > 1) {
    const size = Math.floor((fits + fails) / 2);
    const heap = Heap.create(options);
    if (heap.malloc(size) === 0) fails = size;
    else fits = size;
    heap.detach();
  }
  expect(fits, 'a heap without room for any block').toBeGreaterThan(0);
  return fits;
}

/** How many blocks of each size fill a fresh heap of this kind. */
export function blocksThatFit(options: HeapOptions, size: number): number {
  const heap = Heap.create(options);
  const count = fill(heap, [size]).length;
  heap.detach();
  return count;
}
