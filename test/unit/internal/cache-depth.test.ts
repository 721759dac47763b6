/** How deep the caches of a thread become. */
import { expect, test } from 'vitest';
import { slowOf } from '../../../src/base/class-cells.js';
import { S_LIMIT } from '../../../src/base/offsets.js';
import { CLASS_ENTRIES, classOf } from '../../../src/base/sizeclass.js';
import type { Heap } from '../../../src/index.js';
import { createHeap, MiB, mustMalloc } from '../../support/heaps.js';

const SIZE = 16_000;
const sizeClass = classOf(SIZE);
const BLOCKS = 200;

function depthOf(heap: Heap): number {
  const { cells, record } = heap['core'];
  return cells[slowOf(record, sizeClass) + S_LIMIT]!;
}

test('grow with blocks that come and go', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB });
  for (let turn = 0; turn < 5; turn++) {
    const ptrs = Array.from({ length: BLOCKS }, () => mustMalloc(heap, SIZE));
    for (const ptr of ptrs) heap.free(ptr);
  }
  expect(depthOf(heap)).toBe(CLASS_ENTRIES[sizeClass]);
});

test('keep half a megabyte at most of blocks that only come back', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB });
  const ptrs = Array.from({ length: BLOCKS }, () => mustMalloc(heap, SIZE));
  for (const ptr of ptrs) heap.free(ptr);
  expect(depthOf(heap) * SIZE).toBeLessThanOrEqual(MiB / 2);
});
