/** The run cache, through a heap that uses it. */
import { expect, test } from 'vitest';
import { Core } from '../../../src/base/core.js';
import { layOut } from '../../../src/base/geometry.js';
import { KEPT_MAX, MAX_ALIGNMENT, SLAB_BYTES } from '../../../src/base/layout.js';
import { H_MAX_SLABS, H_MAX_THREADS, R_RUNS, RUNS_MAX } from '../../../src/base/offsets.js';
import { debugSettings } from '../../../src/hardened/settings.js';
import type { Heap } from '../../../src/index.js';
import { keptCount, keptSlabs } from '../../../src/superslab/runcache.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, expectSound, KiB, liveFigures, MiB, mustMalloc } from '../../support/heaps.js';

// Freed blocks go beneath at once, whatever the build.
debugSettings.quarantineBlocks = 0;

/** What thread 0 of a heap keeps. */
function kept(heap: Heap) {
  const cells = heap.i32;
  const geometry = layOut(0, cells[H_MAX_SLABS]!, cells[H_MAX_THREADS]!);
  const core = new Core(geometry, undefined, cells.buffer);
  const record = geometry.records;
  return { cells, record, runs: keptCount(core, record), slabs: keptSlabs(core, record) };
}

test('a freed Large block is the next one of its length, and counts as cached', () => {
  const heap = createHeap({ maxThreads: 8 });
  const ptr = mustMalloc(heap, 300 * KiB);
  heap.free(ptr);
  expect(kept(heap)).toMatchObject({ runs: 1, slabs: 10 });
  expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  expect(heap.stats().cachedBytes).toBeGreaterThanOrEqual(10 * SLAB_BYTES);
  expect([...heap.blocks()]).toEqual([]);
  expect(heap.owns(ptr)).toBe(false);
  expectSound(heap);
  expect(heap.malloc(310 * KiB)).toBe(ptr);
  expect(liveFigures(heap)).toEqual({ liveBlocks: 1, liveBytes: heap.usableSize(ptr) });
  const { mallocs, frees } = heap.stats().threads[0]!;
  expect(mallocs - frees).toBe(1);
  expectSound(heap);
  heap.free(ptr);
});

test('an aligned block is a freed one that suits, and leaves others for those who take any', () => {
  const heap = createHeap({ maxThreads: 8 });
  const size = 8.5 * SLAB_BYTES;
  const lower = mustMalloc(heap, MiB / 2);
  const runs = [0, 1, 2, 3].map(() => mustMalloc(heap, size)).reverse();
  heap.free(lower);
  heap.flush();
  const [even, odd] = [0, SLAB_BYTES].map((rest) =>
    runs.find((ptr) => ptr % MAX_ALIGNMENT === rest),
  );
  heap.free(even!);
  heap.free(odd!);
  expect(heap.memalign(MAX_ALIGNMENT, size)).toBe(even);
  expect(heap.malloc(size)).toBe(odd);
  // The shared pool would have had room at a lower address.
  expect(heap.memalign(MAX_ALIGNMENT, size)).toBeLessThan(even!);
});

test('calloc makes a kept block zero', () => {
  const heap = createHeap({ maxThreads: 8 });
  const ptr = mustMalloc(heap, MiB);
  heap.u8.fill(7, ptr, ptr + MiB);
  heap.free(ptr);
  expect(heap.calloc(1, MiB)).toBe(ptr);
  expect(heap.u8.subarray(ptr, ptr + MiB).every((byte) => byte === 0)).toBe(true);
});

test('a kept block is refused a second time, even after its mark is overwritten', () => {
  const heap = createHeap({ maxThreads: 8 });
  const ptr = mustMalloc(heap, 500 * KiB);
  heap.free(ptr);
  expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE');
  expectCode(() => heap.realloc(ptr, MiB), 'ERR_DOUBLE_FREE');
  expectCode(() => heap.free(ptr + SLAB_BYTES), 'ERR_INVALID_POINTER');
  expectCode(() => heap.free(ptr + 16), 'ERR_INVALID_POINTER');
  expectCode(() => heap.usableSize(ptr), 'ERR_DOUBLE_FREE');
  expectSound(heap);
});

test('a block in use whose first word looks like the mark is freed all the same', () => {
  const heap = createHeap({ maxThreads: 8 });
  const ptr = mustMalloc(heap, 500 * KiB);
  heap.free(ptr);
  const mark = heap.i32[ptr >>> 2]!;
  expect(heap.malloc(500 * KiB)).toBe(ptr);
  heap.i32[ptr >>> 2] = mark;
  heap.free(ptr);
  expect(liveFigures(heap).liveBlocks).toBe(0);
  expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
  expectSound(heap);
});

test('keeps so many runs and bytes, the ones freed last, and nothing longer', () => {
  const heap = createHeap({ maximumBytes: 256 * MiB, maxThreads: 8 });
  const ptrs = Array.from({ length: 20 }, () => mustMalloc(heap, 300 * KiB));
  for (const ptr of ptrs) {
    heap.free(ptr);
    expect(kept(heap).runs).toBeLessThanOrEqual(RUNS_MAX);
    expectSound(heap);
  }
  expect(heap.malloc(300 * KiB)).toBe(ptrs[19]);
  const longest = mustMalloc(heap, 5 * MiB);
  const long = [2, 3, 4].map((mib) => mustMalloc(heap, mib * MiB - 100 * KiB));
  for (const ptr of long) {
    heap.free(ptr);
    expect(kept(heap).slabs * SLAB_BYTES).toBeLessThanOrEqual(KEPT_MAX);
    expectSound(heap);
  }
  const before = kept(heap);
  heap.free(longest);
  expect(kept(heap)).toMatchObject({ runs: before.runs, slabs: before.slabs });
});

test('gives up what it keeps for a flush, for slabs of any other use, and to detach', () => {
  const heap = createHeap({ initialBytes: 64 * MiB, maximumBytes: 128 * MiB, maxThreads: 8 });
  heap.free(mustMalloc(heap, 2 * MiB));
  expect(kept(heap).runs).toBe(1);
  heap.flush();
  expect(kept(heap).runs).toBe(0);
  heap.free(mustMalloc(heap, 2 * MiB));
  const small = mustMalloc(heap, 200 * KiB);
  expect(kept(heap).runs).toBe(0);
  heap.free(small);
  heap.free(mustMalloc(heap, 2 * MiB));
  const { cells, record } = kept(heap);
  heap.detach();
  expect(cells[record + R_RUNS]! & RUNS_MAX).toBe(0);
});

test('no BigCache, no run cache', () => {
  const heap = createHeap({
    maximumBytes: 64 * MiB,
    maxThreads: 8,
    config: { bigCache: { slots: 0 } },
  });
  heap.free(mustMalloc(heap, 2 * MiB));
  expect(kept(heap).runs).toBe(0);
  expectSound(heap);
});
