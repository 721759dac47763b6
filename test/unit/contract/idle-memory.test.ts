/** What lies idle with a thread does not add to what the heap holds at most. */
import { beforeEach, describe, expect, test } from 'vitest';
import { SLAB_BYTES as SLAB, TRAILER_BYTES } from '../../../src/base/layout.js';
import type { Heap, HeapStats } from '../../../src/index.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';

/** Requests fill their classes' blocks in the debug build too. */
const TRAILER = FLAGS.HAKMEM_BUILD_HARDENED ? TRAILER_BYTES : 0;

beforeEach(withoutQuarantine);

/** A block of each of many classes, freed again: each keeps a slab, and blocks in a cache. */
function leaveIdle(heap: Heap): void {
  const ptrs: number[] = [];
  for (let size = 160; size <= 8 * KiB; size += Math.ceil(size / 4)) {
    ptrs.push(mustMalloc(heap, size - TRAILER));
  }
  for (const ptr of ptrs) heap.free(ptr);
}

function heapWithIdleSlabs(): { heap: Heap; idle: number } {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  leaveIdle(heap);
  const { slabBytesInUse, cachedBytes, liveBlocks } = heap.stats();
  expect(liveBlocks).toBe(0);
  expect(cachedBytes).toBeGreaterThan(0);
  expect(slabBytesInUse).toBeGreaterThan(10 * SLAB);
  return { heap, idle: slabBytesInUse };
}

/** A thirty-second and four slabs may be taken before a thread tidies up; the tables come on top. */
const least = ({ liveBytes, metadataBytes }: HeapStats): number =>
  liveBytes + liveBytes / 32 + 4 * SLAB + metadataBytes;

describe('memory that lies idle with a thread', () => {
  test('is taken for blocks of another class before the heap holds more than ever', () => {
    const { heap, idle } = heapWithIdleSlabs();
    const blocks = Array.from({ length: 40 * 8 }, () => mustMalloc(heap, 4 * KiB - TRAILER));
    const stats = heap.stats();
    expect(stats.peakSlabBytesInUse).toBeLessThan(least(stats));
    expect(stats.peakSlabBytesInUse).toBeLessThan(stats.liveBytes + idle);
    for (const ptr of blocks) heap.free(ptr);
  });

  test('is taken for a Large block', () => {
    const { heap, idle } = heapWithIdleSlabs();
    const ptr = mustMalloc(heap, 40 * SLAB - TRAILER);
    const stats = heap.stats();
    expect(stats.peakSlabBytesInUse).toBeLessThan(least(stats));
    expect(stats.peakSlabBytesInUse).toBeLessThan(stats.liveBytes + idle);
    heap.free(ptr);
  });

  test('is taken after a request too that the heap could not meet', () => {
    const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
    const blocks = Array.from({ length: 80 * 8 }, () => mustMalloc(heap, 4 * KiB - TRAILER));
    expect(heap.malloc(60 * MiB)).toBe(0);
    const { slabBytesInUse } = heap.stats();
    leaveIdle(heap);
    const idle = heap.stats().slabBytesInUse - slabBytesInUse;
    expect(idle).toBeGreaterThan(10 * SLAB);
    for (let i = 0; i < 40 * 8; i++) blocks.push(mustMalloc(heap, 4 * KiB - TRAILER));
    const { peakSlabBytesInUse } = heap.stats();
    expect(peakSlabBytesInUse).toBeLessThan(slabBytesInUse + 40 * SLAB + idle);
    for (const ptr of blocks) heap.free(ptr);
  });

  test('stays with the thread while the heap was larger before', () => {
    const { heap } = heapWithIdleSlabs();
    const large = mustMalloc(heap, 100 * SLAB - TRAILER);
    heap.free(large);
    heap.flush();
    leaveIdle(heap);
    const { cachedBytes } = heap.stats();
    const blocks = Array.from({ length: 40 * 16 }, () => mustMalloc(heap, 16 * KiB - TRAILER));
    for (const ptr of blocks) heap.free(ptr);
    expect(heap.stats().cachedBytes).toBeGreaterThanOrEqual(cachedBytes);
  });

  test('is let be in the end by a thread that comes to the same peak time and again', () => {
    const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
    const idleAfterPeak = (): number => {
      leaveIdle(heap);
      const { cachedBytes } = heap.stats();
      const blocks = Array.from({ length: 30 }, () => mustMalloc(heap, 64 * KiB - TRAILER));
      for (const ptr of blocks) heap.free(ptr);
      return heap.stats().cachedBytes - cachedBytes;
    };
    const turns = Array.from({ length: 300 }, idleAfterPeak);
    expect(turns.some((difference) => difference < 0)).toBe(true);
    expect(turns.slice(-10).every((difference) => difference >= 0)).toBe(true);
  });
});
