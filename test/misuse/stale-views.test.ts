import { expect, test } from 'vitest';
import { FREE_MARK, PAGE_RANK, SLAB_SHIFT } from '../../src/base/layout.js';
import { KiB, MiB } from '../support/heaps.js';
import { type Library, production } from './support/builds.js';

/** The code of what an action throws. */
function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

test('what a heap caches lies within its views, also after a refused free that found a growth', async () => {
  const options = { initialBytes: 4 * MiB, maximumBytes: 64 * MiB, prewarm: 0 };
  const heap = production.bundle.Heap.create(options);
  const other = (await import(/* @vite-ignore */ `${production.url}?views`)) as Library;
  const grower = other.Heap.attach(heap.handle, { prewarm: 0 });
  heap.free(heap.malloc(24 * KiB));
  const end = heap.stats().capacityBytes;
  const ptrs: number[] = [];
  while ((ptrs.at(-1) ?? 0) < end + 4 * MiB) ptrs.push(grower.malloc(24 * KiB));
  const { cells, pageMap } = grower['core'];
  const startsBehind = (ptr: number): boolean =>
    (cells[pageMap + (ptr >>> SLAB_SHIFT)]! & PAGE_RANK) !== 0;
  const inner = ptrs.find((ptr) => ptr > end + MiB && startsBehind(ptr))!;
  expect(codeOf(() => heap.free(inner + 16))).toBe('ERR_INVALID_POINTER');
  grower.i32[inner / 4] = 1;
  heap.free(inner);
  expect(heap.malloc(24 * KiB)).toBe(inner);
  // malloc takes the mark of a free block off.
  expect(grower.i32[inner / 4]! ^ inner).not.toBe(FREE_MARK);
});

test("a detached heap hands out nothing of what its record's next thread keeps", async () => {
  const options = { initialBytes: 16 * MiB, maximumBytes: 16 * MiB, prewarm: 0, maxThreads: 2 };
  const heap = production.bundle.Heap.create(options);
  const other = (await import(/* @vite-ignore */ `${production.url}?next`)) as Library;
  heap.detach();
  const next = other.Heap.attach(heap.handle, { prewarm: 0 });
  expect(next.threadId).toBe(heap.threadId);
  const kept = next.malloc(MiB);
  next.free(kept);
  expect(codeOf(() => heap.malloc(MiB))).toBe('ERR_DETACHED');
  expect(next.malloc(MiB)).toBe(kept);
});

test('a Large block that another thread frees while room is made for it is refused', async () => {
  const options = { initialBytes: 16 * MiB, maximumBytes: 64 * MiB, prewarm: 0, maxThreads: 2 };
  const heap = production.bundle.Heap.create(options);
  const other = (await import(/* @vite-ignore */ `${production.url}?room`)) as Library;
  const rival = other.Heap.attach(heap.handle, { prewarm: 0 });
  const ptrs = Array.from({ length: 8 }, () => heap.malloc(300 * KiB));
  const contested = ptrs.pop()!;
  for (const ptr of ptrs) heap.free(ptr);
  const { compareExchange } = Atomics;
  let raced = false;
  // The first run that leaves the full run cache is claimed.
  Atomics.compareExchange = ((...args: Parameters<typeof compareExchange>) => {
    Atomics.compareExchange = compareExchange;
    rival.free(contested);
    raced = true;
    return compareExchange(...args);
  }) as typeof compareExchange;
  const code = codeOf(() => heap.free(contested));
  Atomics.compareExchange = compareExchange;
  expect([raced, code]).toEqual([true, 'ERR_DOUBLE_FREE']);
  const again = Array.from({ length: 10 }, () => heap.malloc(300 * KiB));
  expect(again).not.toContain(rival.malloc(300 * KiB));
});
