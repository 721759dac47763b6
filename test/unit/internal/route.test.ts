/** The free route beside a thread that changes what it reads. */
import { beforeEach, expect, test } from 'vitest';
import type { Core } from '../../../src/base/core.js';
import { SLAB_BYTES, TRAILER_BYTES } from '../../../src/base/layout.js';
import { D_CARVED } from '../../../src/base/offsets.js';
import { CLASS_SLABS, classOf, classOfPage } from '../../../src/base/sizeclass.js';
import { route } from '../../../src/route.js';
import { descriptorOf } from '../../../src/superslab/slab.js';
import { createHeap, expectSound, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';

const TRAILER = FLAGS.HAKMEM_BUILD_HARDENED ? TRAILER_BYTES : 0;

beforeEach(withoutQuarantine);

/** A core in which `happens` runs once, right before a cell is read. */
function beforeReading(core: Core, cell: number, happens: () => void): Core {
  let due = true;
  const cells = new Proxy(core.cells, {
    get(target, key) {
      if (key === String(cell) && due) {
        due = false;
        happens();
      }
      return Reflect.get(target, key, target) as unknown;
    },
  });
  return Object.create(core, { cells: { value: cells } }) as Core;
}

test('a block never carved is none while its run goes and a slab of small blocks takes its place', () => {
  const heap = createHeap({ maximumBytes: 16 * MiB, maxThreads: 2, prewarm: 0 });
  const core = heap['core'];
  const bytes = 24 * KiB;
  const only = mustMalloc(heap, bytes - TRAILER);
  const head = only / SLAB_BYTES;
  expect(CLASS_SLABS[classOf(bytes)]).toBe(3);
  expect(core.cells[descriptorOf(head) + D_CARVED]).toBe(1);
  const uncarved = only + 2 * bytes;
  expect(route(core, uncarved)).toBeLessThan(0);
  const ptrs: number[] = [];
  const racing = beforeReading(core, descriptorOf(head) + D_CARVED, () => {
    heap.free(only);
    heap.flush();
    while (classOfPage(core.cells[core.pageMap + head]!) !== classOf(64)) {
      ptrs.push(mustMalloc(heap, 64 - TRAILER));
    }
  });
  expect(route(racing, uncarved)).toBeLessThan(0);
  expect(core.cells[descriptorOf(head) + D_CARVED]).toBeGreaterThan(2);
  for (const ptr of ptrs) heap.free(ptr);
  expectSound(heap);
});
