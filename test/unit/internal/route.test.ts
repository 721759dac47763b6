/** The free route: which numbers are blocks. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Allocator } from '../../../src/allocator.js';
import { LARGE_CLASS, SLAB_BYTES, SLAB_SHIFT, TRAILER_BYTES } from '../../../src/base/layout.js';
import { D_CARVED } from '../../../src/base/offsets.js';
import {
  CLASS_BYTES,
  CLASS_CAPACITY,
  CLASS_COUNT,
  CLASS_MAGIC,
  CLASS_SLABS,
  classOf,
  classOfPage,
  FIRST_CLASS,
} from '../../../src/base/sizeclass.js';
import { INSIDE, NO_BLOCK, route } from '../../../src/route.js';
import { descriptorOf, headOf } from '../../../src/superslab/slab.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, expectSound, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';

const TRAILER = FLAGS.HAKMEM_BUILD_HARDENED ? TRAILER_BYTES : 0;

beforeEach(withoutQuarantine);

const classes = Array.from(
  { length: CLASS_COUNT - FIRST_CLASS },
  (_, index) => FIRST_CLASS + index,
);
const several = classes.filter((sizeClass) => CLASS_SLABS[sizeClass]! > 1);

test('the magic number of a class knows the starts of its blocks among all bytes of a run', () => {
  for (const sizeClass of classes) {
    const magic = CLASS_MAGIC[sizeClass]!;
    const bytes = CLASS_BYTES[sizeClass]!;
    const wrong: number[] = [];
    for (let offset = 0; offset < CLASS_CAPACITY[sizeClass]! * bytes; offset++) {
      const start = Math.imul(offset, magic) >>> 0 < magic;
      if (start !== (offset % bytes === 0)) wrong.push(offset);
    }
    expect(wrong, `blocks of ${bytes} bytes`).toEqual([]);
  }
});

test('a block of a later slab is freed without a call, and what lies beside a start is refused', () => {
  const slow = vi.spyOn(Allocator.prototype as unknown as { freeOther: () => void }, 'freeOther');
  onTestFinished(() => slow.mockRestore());
  for (const sizeClass of several) {
    const heap = createHeap({ maximumBytes: 16 * MiB, prewarm: 0 });
    const bytes = CLASS_BYTES[sizeClass]!;
    const ptrs = Array.from({ length: CLASS_CAPACITY[sizeClass]! }, () =>
      mustMalloc(heap, bytes - TRAILER),
    );
    const first = Math.min(...ptrs);
    expect(Math.max(...ptrs) - first).toBe((ptrs.length - 1) * bytes);
    const end = first + CLASS_SLABS[sizeClass]! * SLAB_BYTES;
    const edges = [...ptrs];
    for (let edge = first; edge < end; edge += SLAB_BYTES) edges.push(edge);
    for (const edge of edges) {
      for (const by of [-4096, -16, -8, -4, -3, -2, -1, 1, 2, 3, 4, 8, 16, 4096]) {
        const beside = edge + by;
        if (beside < first || beside >= end || ptrs.includes(beside)) continue;
        const expected = beside < first + ptrs.length * bytes ? INSIDE : NO_BLOCK;
        expect(route(heap['core'], beside), `${beside - first}, ${bytes} bytes`).toBe(expected);
        expectCode(() => heap.free(beside), 'ERR_INVALID_POINTER');
      }
    }
    slow.mockClear();
    heap.free(ptrs.at(-1)!);
    expect(slow, `the last of ${ptrs.length} blocks of ${bytes} bytes`).not.toHaveBeenCalled();
    for (const ptr of ptrs.slice(0, -1)) heap.free(ptr);
    for (const ptr of ptrs) expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE');
    expectSound(heap);
  }
});

test('the page map word of each slab says what is carved of it', () => {
  const heap = createHeap({ maximumBytes: 16 * MiB, maxThreads: 2, prewarm: 0 });
  const core = heap['core'];
  const head = mustMalloc(heap, 40 * KiB - TRAILER) >>> SLAB_SHIFT;
  const carved = core.cells[descriptorOf(head) + D_CARVED]!;
  const bytes = carved * 40 * KiB;
  for (let slab = head; slab < head + 5; slab++) {
    const has = bytes > (slab - head) * SLAB_BYTES;
    expect(classOfPage(core.cells[core.pageMap + slab]!)).toBe(has ? classOf(40 * KiB) : 0);
    expect(headOf(core, slab)).toBe(head);
  }
  const large = mustMalloc(heap, 400 * KiB) >>> SLAB_SHIFT;
  expect(classOfPage(core.cells[core.pageMap + large]!)).toBe(LARGE_CLASS);
  expect(headOf(core, large)).toBe(large);
});
