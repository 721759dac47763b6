import { expect, test } from 'vitest';
import { topOf } from '../../../src/base/cache-stack.js';
import { slowOf } from '../../../src/base/class-cells.js';
import { layOut } from '../../../src/base/geometry.js';
import { SLAB_BYTES, TRAILER_BYTES } from '../../../src/base/layout.js';
import {
  D_CARVED,
  D_FREE,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  H_BIGCACHE,
  H_CAPACITY,
  H_FREE_MASKS,
  H_MAX_SLABS,
  Q_FULL,
  QUEUE_CELLS,
  R_RUNS,
  RUNS_SHIFT,
  S_LIMIT,
} from '../../../src/base/offsets.js';
import { debugSettings } from '../../../src/hardened/settings.js';
import { CLASS_CACHE } from '../../../src/base/sizeclass.js';
import { Heap } from '../../../src/index.js';
import { descriptorOf } from '../../../src/superslab/slab.js';

// Freed blocks go into the cache at once, whatever the build.
debugSettings.quarantineBlocks = 0;
/** Bytes of a block of class 7, with its trailer where the build has one. */
const SIZE = FLAGS.HAKMEM_BUILD_HARDENED ? 100 - TRAILER_BYTES : 100;

/** A heap with one block in use, and where its metadata stands. */
function prepare() {
  const heap = Heap.create({ maximumBytes: 32 << 20, maxThreads: 4 });
  const cells = heap.i32;
  const geometry = layOut(0, cells[H_MAX_SLABS]!, 4);
  const block = heap.malloc(SIZE);
  const slab = Math.floor(block / SLAB_BYTES);
  return { heap, cells, geometry, block, slab, d: descriptorOf(slab) };
}

type Prepared = ReturnType<typeof prepare>;

/** Each breaks one invariant and says which sentence must name it. */
const faults: [string, RegExp, (heap: Prepared) => void][] = [
  ['free count', /counts .* free blocks and has/, ({ cells, d }) => void (cells[d + D_FREE]! += 1)],
  ['owner', /names another owner/, ({ cells, d }) => void (cells[d + D_OWNER] = 3)],
  [
    'limit of a cache',
    /holds .* blocks, and its limit says/,
    ({ cells, geometry }) => void (cells[slowOf(geometry.records, 7) + S_LIMIT]! += 1),
  ],
  ['carved count', /page map disagree/, ({ cells, d }) => void (cells[d + D_CARVED]! += 1)],
  [
    'block cached and in a bitmap',
    /is free in slab/,
    ({ cells, d }) => void (cells[d + D_LOCAL] = 32),
  ],
  [
    'block free locally and remotely',
    /free twice/,
    ({ cells, d }) => {
      cells[d + D_LOCAL] = 2;
      cells[d + D_REMOTE] = 2;
    },
  ],
  [
    'remote frees without news',
    /summary leaves out/,
    ({ cells, d }) => void (cells[d + D_REMOTE] = 1 << 15),
  ],
  ['bit beyond carved', /not carved yet/, ({ cells, d }) => void (cells[d + D_LOCAL + 10] = 1)],
  [
    'page map of a free slab',
    /is free, but the page map has it/,
    ({ cells, geometry }) => void (cells[geometry.pageMap + cells[H_CAPACITY]! - 1] = 1),
  ],
  [
    'slab in the hands of a thread',
    /is in the hands of thread/,
    ({ cells, geometry }) => void (cells[geometry.states + cells[H_CAPACITY]! - 1] = 1),
  ],
  [
    'free mask',
    /mask of free slabs differs/,
    ({ cells }) => void (cells[H_FREE_MASKS + cells[H_CAPACITY]! / 32 - 1]! &= 0x7fffffff),
  ],
  [
    'queue length',
    /length that differs/,
    ({ cells, geometry }) => void (cells[geometry.queues + QUEUE_CELLS + Q_FULL] = 1),
  ],
  [
    'BigCache',
    /of the BigCache names slab/,
    ({ cells }) => void (cells[H_BIGCACHE] = (5 << 16) | 200),
  ],
  [
    'run cache with a run that is none',
    /run cache holds the run at slab/,
    ({ cells, geometry }) => {
      cells[geometry.records + R_RUNS + 1] = (5 << 16) | 200;
      cells[geometry.records + R_RUNS]! += 1 - (5 << RUNS_SHIFT);
    },
  ],
  [
    'room of a run cache',
    /run cache has 0 slabs, room for/,
    ({ cells, geometry }) => void (cells[geometry.records + R_RUNS]! += 1 << RUNS_SHIFT),
  ],
  [
    'run in a run cache twice',
    /run at slab .* is in thread .* and in thread/,
    ({ heap, cells, geometry }) => {
      heap.free(heap.malloc(400_000));
      const runs = geometry.records + R_RUNS;
      cells[runs + 2] = cells[runs + 1]!;
      cells[runs]! += 1 - ((cells[runs + 1]! >>> 16) << RUNS_SHIFT);
    },
  ],
  [
    'mark of a kept run',
    /free run at slab .* has lost its mark/,
    ({ heap, cells }) => {
      const run = heap.malloc(400_000);
      heap.free(run);
      cells[run >>> 2] = 7;
    },
  ],
  ['header', /header is damaged/, ({ cells }) => void (cells[H_MAX_SLABS]! += 1)],
  [
    'mark of a cached block',
    /has lost its mark/,
    ({ heap, cells, block }) => {
      heap.free(block);
      cells[block >>> 2] = 7;
    },
  ],
  [
    'block in a cache twice',
    /is in thread .* and in thread/,
    ({ heap, cells, block, geometry }) => {
      heap.free(block);
      const region = geometry.records + CLASS_CACHE[7]!;
      cells[topOf(cells, region) - 1] = block;
    },
  ],
];

test('finds nothing in a sound heap', () => {
  expect(prepare().heap.verify().problems).toEqual([]);
});

test.each(faults)('names a broken %s', (_, sentence, plant) => {
  const prepared = prepare();
  plant(prepared);
  const report = prepared.heap.verify();
  expect(report.ok).toBe(false);
  expect(report.problems.join('\n')).toMatch(sentence);
});

test.each([0, -5, 9, 1 << 30])('a full cache whose limit says %i is refused', (limit) => {
  const { heap, cells, geometry } = prepare();
  const blocks = Array.from({ length: 64 }, () => heap.malloc(SIZE));
  cells[slowOf(geometry.records, 7) + S_LIMIT] = limit;
  expect(() => {
    for (const block of blocks) heap.free(block);
  }).toThrow(expect.objectContaining({ code: 'ERR_DAMAGED_HEAP' }));
});
