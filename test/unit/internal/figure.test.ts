/** The figure of memory in use agrees with the slabs' states, where the heap's end cuts a SuperSlab too. */
import { beforeEach, expect, test } from 'vitest';
import type { Heap } from '../../../src/heap.js';
import { figureProblem } from '../../support/figure.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';
import { sharedMemory } from '../../support/wasm-module.js';

/** Of slabs with a class, of runs within a SuperSlab and of runs over several. */
const SIZES = [100, 20_000, 300 * KiB, 1100 * KiB];

beforeEach(withoutQuarantine);

/** Takes blocks until there is no room, looking at the figure after each, and frees them again. */
function fillAndEmpty(heap: Heap): void {
  const ptrs: number[] = [];
  const look = (): void => expect(figureProblem(heap['core'])).toBeUndefined();
  look();
  for (const size of SIZES.toReversed()) {
    for (let ptr = heap.malloc(size); ptr !== 0; ptr = heap.malloc(size)) {
      ptrs.push(ptr);
      if (size > 100) look();
    }
  }
  for (const ptr of ptrs) heap.free(ptr);
  look();
  heap.flush();
  look();
}

test.each([4 * MiB, 3 * MiB + 512 * KiB, 3 * MiB + 32 * KiB, 800 * KiB])(
  'in a heap that grows to %i bytes',
  (maximumBytes) => {
    const heap = createHeap({
      initialBytes: Math.min(MiB, maximumBytes),
      maximumBytes,
      maxThreads: 2,
    });
    fillAndEmpty(heap);
    fillAndEmpty(heap);
  },
);

test('in a heap that never grows and whose end cuts a SuperSlab', () => {
  const bytes = 2 * MiB + 96 * KiB;
  fillAndEmpty(createHeap({ initialBytes: bytes, maximumBytes: bytes, maxThreads: 2 }));
});

test('where a SuperSlab that the end has cut becomes whole', () => {
  const memory = sharedMemory(MiB, 4 * MiB);
  let most = 2;
  memory.grow = (pages) => {
    if (pages > most) throw new RangeError('there is no more at this moment');
    return WebAssembly.Memory.prototype.grow.call(memory, pages);
  };
  const heap = createHeap({ memory, initialBytes: MiB, maximumBytes: 4 * MiB, maxThreads: 2 });
  const ptrs = [];
  while (heap.stats().growths === 0) ptrs.push(mustMalloc(heap, 20_000));
  expect(heap.stats().capacityBytes).toBe(MiB + 128 * KiB);
  expect(figureProblem(heap['core'])).toBeUndefined();
  most = 64;
  while (heap.stats().growths === 1) ptrs.push(mustMalloc(heap, 20_000));
  expect(figureProblem(heap['core'])).toBeUndefined();
  for (const ptr of ptrs) heap.free(ptr);
  fillAndEmpty(heap);
});
