import { expect, it } from 'vitest';
import { Heap, HakmemError } from '../../../src/index.js';
import { descriptorOf } from '../../../src/superslab/slab.js';
import { topOf } from '../../../src/base/cache-stack.js';
import type { Core } from '../../../src/base/core.js';
import {
  D_CARVED,
  D_FREE,
  D_LISTED,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  H_CAPACITY,
} from '../../../src/base/offsets.js';
import { SLAB_SHIFT } from '../../../src/base/layout.js';
import { CLASS_CACHE, classOf } from '../../../src/base/sizeclass.js';
import { createHeap, expectSound, MiB, mustMalloc } from '../../support/heaps.js';
import { giveBack, take } from '../../support/telemetry.js';

/** A heap that will be left broken. */
function victim(): { heap: Heap; core: Core } {
  const heap = Heap.create({ maximumBytes: 64 * MiB, prewarm: 0 });
  return { heap, core: (heap as unknown as { core: Core }).core };
}

/** The sentence with which the allocator stops. */
function broken(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HakmemError && error.code === 'ERR_BROKEN_INVARIANT') return error.message;
    throw error;
  }
  return 'nothing was noticed';
}

it('lets a sound heap work on every path', () => {
  const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes: 64 * MiB });
  for (const size of [16, 1000, 5000, 100_000]) {
    giveBack(heap, take(heap, 200, size));
  }
  const run = heap.realloc(heap.malloc(MiB), 3 * MiB);
  expect(heap.realloc(run, 2 * MiB)).toBe(run);
  heap.free(run);
  heap.flush();
  expectSound(heap);
});

it.each<[string, RegExp, (core: Core, d: number, slab: number) => void]>([
  [
    'a count of free blocks',
    /free blocks, it says 7/,
    ({ cells }, d) => void (cells[d + D_FREE] = 7),
  ],
  ['an owner', /its owner is 4/, ({ cells }, d) => void (cells[d + D_OWNER] = 5)],
  [
    'a count of carved blocks',
    /blocks cut, more than it holds|page map word 0 differs|free blocks, it says/,
    ({ cells }, d) => void (cells[d + D_CARVED] = 5000),
  ],
  [
    'a page map word',
    /its page map word 0 differs/,
    ({ cells, pageMap }, _d, slab) => void (cells[pageMap + slab] += 1 << 12),
  ],
])('stops a refill from a slab with a damaged %s', (_what, sentence, damage) => {
  const { heap, core } = victim();
  const slab = mustMalloc(heap, 64) >>> SLAB_SHIFT;
  damage(core, descriptorOf(slab), slab);
  expect(broken(() => take(heap, 2000, 64))).toMatch(sentence);
});

it('stops a block that returns to a slab where it is free', () => {
  const { heap, core } = victim();
  const ptrs = take(heap, 100, 64);
  const d = descriptorOf(ptrs[0]! >>> SLAB_SHIFT);
  core.cells.fill(-1, d + D_LOCAL, d + D_LOCAL + 4);
  const freeAll = (): void => {
    giveBack(heap, ptrs);
    heap.flush();
  };
  expect(broken(freeAll)).toMatch(/return to a slab where they are free|blocks, it says/);
});

it('stops a drain that meets blocks which are free already', () => {
  const { heap, core } = victim();
  const ptrs = take(heap, 100, 64);
  giveBack(heap, ptrs);
  const slab = ptrs[0]! >>> SLAB_SHIFT;
  const d = descriptorOf(slab);
  core.cells[d + D_LOCAL] = 1;
  core.cells[d + D_FREE] += 1;
  core.cells[d + D_REMOTE] = 1;
  expect(broken(() => heap.flush())).toMatch(/free twice|return to a slab where they are free/);
});

it('stops a free into a full cache that holds a block of another class', () => {
  const { heap, core } = victim();
  const [first, ...others] = take(heap, 600, 64);
  const other = mustMalloc(heap, 5000);
  heap.free(first!);
  core.cells[topOf(core.cells, core.record + CLASS_CACHE[classOf(64)]!)] = other;
  expect(broken(() => giveBack(heap, others))).toMatch(
    /the block at \d+ in thread 0's cache of class \d+ belongs to another class/,
  );
});

it('stops a slab that leaves a list it is not in', () => {
  const { heap, core } = victim();
  const slab = mustMalloc(heap, 64) >>> SLAB_SHIFT;
  core.cells[descriptorOf(slab) + D_LISTED] = 0;
  expect(broken(() => take(heap, 2000, 64))).toMatch(/leaves a list, and is in none/);
});

it('stops a claim beyond the capacity', () => {
  const { heap, core } = victim();
  core.cells[core.header + H_CAPACITY] = core.geometry.firstSlab;
  expect(broken(() => take(heap, 1, 64))).toMatch(/beyond what the heap has/);
});
