/** An attach that damage ends halfway. */
import { expect, test } from 'vitest';
import { SLAB_SHIFT } from '../../../src/base/layout.js';
import { D_FREE } from '../../../src/base/offsets.js';
import { HakmemError, Heap } from '../../../src/index.js';
import { descriptorOf } from '../../../src/superslab/slab.js';
import { createHeap, MiB, mustMalloc } from '../../support/heaps.js';

test('costs no record: the next one gets the Heap that came to be', () => {
  const heap = createHeap({ maximumBytes: 16 * MiB, maxThreads: 2 });
  const { handle } = heap;
  const { cells } = heap['core'];
  const ptr = mustMalloc(heap, 16);
  heap.detach();
  const free = descriptorOf(ptr >>> SLAB_SHIFT) + D_FREE;
  const right = cells[free]!;
  cells[free] = right + 100;
  expect(() => Heap.attach(handle)).toThrow(HakmemError);
  cells[free] = right;
  const other = Heap.attach(handle);
  expect(other.threadId).toBe(0);
  expect(other.stats().threads.length).toBe(1);
  other.free(ptr);
  other.detach();
});
