import { describe, expect, test } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { createHeap, KiB, liveFigures, MiB, mustMalloc } from '../../support/heaps.js';

function figuresOfThread(heap: Heap) {
  return heap.stats().threads.find(({ threadId }) => threadId === heap.threadId)!;
}

describe('stats', () => {
  test('has every figure, each a finite number that is not negative', () => {
    const heap = createHeap();
    mustMalloc(heap, 100);
    const stats = heap.stats();
    for (const name of [
      'capacityBytes',
      'maximumBytes',
      'slabBytesInUse',
      'peakSlabBytesInUse',
      'liveBlocks',
      'liveBytes',
      'cachedBytes',
      'growths',
    ] as const) {
      expect(Number.isSafeInteger(stats[name]), name).toBe(true);
      expect(stats[name], name).toBeGreaterThanOrEqual(0);
    }
    expect(stats.threads).toHaveLength(1);
    const [thread] = stats.threads;
    expect(thread!.threadId).toBe(heap.threadId);
    expect(thread!.state).toBeDefined();
    for (const name of ['mallocs', 'frees', 'remoteFrees', 'refills', 'spills'] as const) {
      expect(Number.isSafeInteger(thread![name]), name).toBe(true);
      expect(thread![name], name).toBeGreaterThanOrEqual(0);
    }
  });

  test('counts the blocks in use and their usable bytes, whatever made them', () => {
    const heap = createHeap();
    const expected = { liveBlocks: 0, liveBytes: 0 };
    const add = (ptr: number): number => {
      expected.liveBlocks += 1;
      expected.liveBytes += heap.usableSize(ptr);
      expect(liveFigures(heap)).toEqual(expected);
      return ptr;
    };
    const remove = (ptr: number, act: () => void): void => {
      expected.liveBlocks -= 1;
      expected.liveBytes -= heap.usableSize(ptr);
      act();
      expect(liveFigures(heap)).toEqual(expected);
    };
    for (const size of [0, 10, KiB, 9000, 32 * KiB, 100_000, 3 * MiB]) {
      const plain = add(mustMalloc(heap, size));
      const zeroed = add(heap.calloc(1, size));
      const aligned = add(heap.memalign(1024, size));
      const view = heap.mallocAs(Uint8Array, size);
      add(view.byteOffset);
      let moved = 0;
      remove(plain, () => {
        moved = heap.realloc(plain, size * 2 + 500);
        expected.liveBlocks += 1;
        expected.liveBytes += heap.usableSize(moved);
      });
      for (const ptr of [moved, zeroed, aligned]) remove(ptr, () => heap.free(ptr));
      remove(view.byteOffset, () => heap.free(view));
    }
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  });

  test('counts what this thread did', () => {
    const heap = createHeap();
    const before = figuresOfThread(heap);
    const ptrs = Array.from({ length: 5000 }, (_, i) => mustMalloc(heap, i % 5000));
    for (const ptr of ptrs.slice(0, 4000)) heap.free(ptr);
    const after = figuresOfThread(heap);
    expect(after.mallocs - before.mallocs).toBe(5000);
    expect(after.frees - before.frees).toBe(4000);
    expect(after.remoteFrees).toBe(before.remoteFrees);
    expect(after.refills).toBeGreaterThan(before.refills);
    expect(after.spills).toBeGreaterThan(before.spills);
  });

  test('counts neither refused calls nor allocations that failed', () => {
    const heap = createHeap();
    const ptr = mustMalloc(heap, 100);
    const before = figuresOfThread(heap);
    expect(heap.malloc(2 ** 33)).toBe(0);
    expect(() => heap.malloc(-1)).toThrow();
    expect(() => heap.free(ptr + 16)).toThrow();
    expect(() => heap.free('8' as never)).toThrow();
    expect(figuresOfThread(heap)).toEqual(before);
  });

  test('slab bytes cover the live bytes, and the peak is never below', () => {
    const heap = createHeap();
    const ptrs = [];
    for (let i = 0; i < 300; i++) {
      ptrs.push(mustMalloc(heap, (i * 997) % 60_000));
      const { slabBytesInUse, peakSlabBytesInUse, liveBytes, capacityBytes } = heap.stats();
      expect(slabBytesInUse).toBeGreaterThanOrEqual(liveBytes);
      expect(peakSlabBytesInUse).toBeGreaterThanOrEqual(slabBytesInUse);
      expect(capacityBytes).toBeGreaterThanOrEqual(peakSlabBytesInUse);
    }
    const { peakSlabBytesInUse } = heap.stats();
    for (const ptr of ptrs) heap.free(ptr);
    heap.flush();
    expect(heap.stats().peakSlabBytesInUse).toBe(peakSlabBytesInUse);
    expect(heap.stats().slabBytesInUse).toBeLessThan(peakSlabBytesInUse);
  });

  test('is a snapshot that later calls do not change', () => {
    const heap = createHeap();
    const stats = heap.stats();
    const copy = structuredClone(stats);
    for (let i = 0; i < 100; i++) mustMalloc(heap, 50_000);
    expect(stats).toEqual(copy);
  });

  test('counts each growth', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 128 * MiB });
    expect(heap.stats().growths).toBe(0);
    let grown = 0;
    for (let capacity = heap.u8.length; heap.malloc(MiB) !== 0; capacity = heap.u8.length) {
      if (heap.u8.length !== capacity) grown += 1;
    }
    expect(grown).toBeGreaterThan(0);
    expect(heap.stats().growths).toBe(grown);
    expect(heap.stats().capacityBytes).toBe(heap.u8.length);
  });
});
