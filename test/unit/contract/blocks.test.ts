import { describe, expect, test } from 'vitest';
import { createHeap, liveFigures, MiB, mustMalloc, sizesOfAllTiers } from '../../support/heaps.js';

const byPtr = (a: { ptr: number }, b: { ptr: number }): number => a.ptr - b.ptr;

describe('blocks', () => {
  test('is empty for a heap with nothing in it', () => {
    expect([...createHeap().blocks()]).toEqual([]);
  });

  test('shows every block in use, and nothing else', () => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const ptrs = sizesOfAllTiers.flatMap((size) =>
      Array.from({ length: size >= MiB ? 4 : 100 }, () => mustMalloc(heap, size)),
    );
    const kept = ptrs.filter((ptr, index) => {
      if (index % 3 !== 0) return true;
      heap.free(ptr);
      return false;
    });
    const blocks = [...heap.blocks()].sort(byPtr);
    expect(blocks.map(({ ptr }) => ptr)).toEqual(kept.toSorted((a, b) => a - b));
    expect(blocks.every(({ ptr, size }) => size === heap.usableSize(ptr))).toBe(true);
    const inSlabs = blocks.filter(({ size }) => size <= 32 * 1024);
    expect(inSlabs.every(({ owner }) => owner === heap.threadId)).toBe(true);
    expect({
      liveBlocks: blocks.length,
      liveBytes: blocks.reduce((sum, { size }) => sum + size, 0),
    }).toEqual(liveFigures(heap));
  });

  test('blocks of one size have one tier and one class, of different classes different ones', () => {
    const heap = createHeap();
    // Those of 0 and 1 bytes share a class with 16, and the debug build tells them apart.
    const sizes = sizesOfAllTiers.filter((size) => size >= 16);
    for (const size of sizes) for (let i = 0; i < 3; i++) mustMalloc(heap, size);
    const classes = new Map<string, Set<number>>();
    for (const { tier, sizeClass, size } of heap.blocks()) {
      const key = `${tier} ${sizeClass}`;
      classes.set(key, (classes.get(key) ?? new Set()).add(size));
    }
    const small = [...classes].filter(([, sizes]) => Math.max(...sizes) <= 32 * 1024);
    expect(small.length).toBe(6);
    expect(small.every(([, sizes]) => sizes.size === 1)).toBe(true);
  });

  test('is an iterator that can be left early and started again', () => {
    const heap = createHeap();
    for (let i = 0; i < 50; i++) mustMalloc(heap, 40);
    const iterator = heap.blocks();
    expect(iterator[Symbol.iterator]()).toBe(iterator);
    expect(iterator.next().done).toBe(false);
    expect([...heap.blocks()]).toHaveLength(50);
  });

  test('passes over blocks that were freed since the walk began', () => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const sizes = sizesOfAllTiers.flatMap((size) => Array.from({ length: 5 }, () => size));
    const ptrs = new Set(sizes.map((size) => mustMalloc(heap, size)));
    for (const { ptr } of heap.blocks()) {
      expect(ptrs.delete(ptr)).toBe(true);
      const later = [...ptrs].at(-1);
      if (later === undefined) continue;
      heap.free(later);
      ptrs.delete(later);
    }
    expect(ptrs.size).toBe(0);
  });

  test('can be used to free whatever is left', () => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    for (const size of sizesOfAllTiers) for (let i = 0; i < 5; i++) mustMalloc(heap, size);
    for (const { ptr } of heap.blocks()) heap.free(ptr);
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expect([...heap.blocks()]).toEqual([]);
  });
});
