import { describe, expect, test } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, expectSound, KiB, liveFigures, mustMalloc } from '../../support/heaps.js';

const sizes = [1, 16, 24, 64, 200, KiB, 3000, 32 * KiB, 40_000, 200_000];

/** The bytes of a block, as far as an allocator might mark it. */
function contents(heap: Heap, ptr: number, size: number): Uint8Array {
  return heap.u8.slice(ptr, ptr + Math.min(heap.u8.length - ptr, Math.max(size, 16)));
}

/**
 * A user's data may be anything, the very bytes included that stand in a block while it is free:
 * whatever mark the heap leaves there, a block in use that holds it stays a block in use.
 */
describe('a block in use whose contents look like those of a free block', () => {
  test.each(sizes)('of %i bytes is one block like any other', (size) => {
    const heap = createHeap();
    const anchor = mustMalloc(heap, size);
    const ptrs = Array.from({ length: 20 }, () => mustMalloc(heap, size));
    for (const ptr of ptrs) heap.free(ptr);
    const asFree = new Map(ptrs.map((ptr) => [ptr, contents(heap, ptr, size)]));

    const again = Array.from({ length: 40 }, () => mustMalloc(heap, size));
    for (const ptr of again) {
      const bytes = asFree.get(ptr) ?? asFree.get(ptrs[0]!)!;
      heap.u8.set(bytes, ptr);
    }
    const figures = liveFigures(heap);
    expect(figures.liveBlocks).toBe(41);
    expect(again.every((ptr) => heap.owns(ptr))).toBe(true);
    expect([...heap.blocks()]).toHaveLength(41);
    expectSound(heap);

    for (const ptr of again.slice(0, 20)) {
      expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(size);
      const bytes = contents(heap, ptr, size);
      const moved = heap.realloc(ptr, size * 2 + 100);
      expect(heap.u8.subarray(moved, moved + size).every((byte, i) => byte === bytes[i])).toBe(
        true,
      );
      heap.free(moved);
    }
    for (const ptr of again.slice(20)) {
      heap.free(ptr);
      expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
    }
    expect(heap.stats().liveBlocks).toBe(1);
    heap.free(anchor);
    expectSound(heap);
  });

  test.each(sizes)('of %i bytes is refused when it is freed twice', (size) => {
    const heap = createHeap();
    mustMalloc(heap, size);
    const first = mustMalloc(heap, size);
    heap.free(first);
    const asFree = contents(heap, first, size);
    const second = mustMalloc(heap, size);
    heap.u8.set(asFree, second);
    heap.free(second);
    expectCode(() => heap.free(second), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
    expectCode(() => heap.realloc(second, 8), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
    expect(heap.owns(second)).toBe(false);
    expect(heap.stats().liveBlocks).toBe(1);
  });

  test('survives a flush of its neighbours', () => {
    const heap = createHeap();
    const ptrs = Array.from({ length: 500 }, () => mustMalloc(heap, 48));
    const kept = ptrs.filter((_, index) => index % 5 === 0);
    const freed = ptrs.filter((_, index) => index % 5 !== 0);
    for (const ptr of freed) heap.free(ptr);
    heap.flush();
    const asFree = contents(heap, freed[0]!, 48);
    for (const ptr of kept) heap.u8.set(asFree, ptr);
    heap.flush();
    expect(kept.every((ptr) => heap.owns(ptr))).toBe(true);
    expect([...heap.blocks()].map(({ ptr }) => ptr).sort((a, b) => a - b)).toEqual(
      kept.toSorted((a, b) => a - b),
    );
    for (const ptr of kept) heap.free(ptr);
    expect(heap.stats().liveBlocks).toBe(0);
  });
});
