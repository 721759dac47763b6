import { topOf } from '../../../../src/base/cache-stack.js';
import { partialList, slowOf } from '../../../../src/base/class-cells.js';
import { PAGE_LARGE, RUN_SHIFT } from '../../../../src/base/layout.js';
import {
  CACHE_MAGIC,
  D_LISTED,
  D_NEXT,
  D_PREV,
  H_RECORDS,
  Q_FULL,
  Q_SLOTS,
  QUEUE_CELLS,
  R_CACHES,
  R_REMOTE_SUPERSLABS,
  R_RUNS,
  RUNS_SHIFT,
  S_LIMIT,
  SLOT_STATE,
} from '../../../../src/base/offsets.js';
import { CLASS_CACHE } from '../../../../src/base/sizeclass.js';
import { SLOT_TAKING } from '../../../../src/queue/spill.js';
import { CLASS, type Fault, type Prepared, RUN } from './prepared.js';

const cacheOf = ({ record }: Prepared) => record + CLASS_CACHE[CLASS]!;

/** Lets a record count that no thread has; returns where it stands. */
function unattached({ cells, geometry }: Prepared): number {
  cells[H_RECORDS] = 2;
  return geometry.records + geometry.recordCells;
}

/** Caches, run caches and slab lists of threads, and the spill queues between them. */
export const threadFaults: readonly Fault[] = [
  [
    'limit of a cache',
    /holds .* blocks, and its limit says/,
    ({ cells, record }) => void (cells[slowOf(record, CLASS) + S_LIMIT]! += 1),
  ],
  [
    'floor of a cache',
    /cache of class 7 has no floor/,
    (heap) => void (heap.cells[cacheOf(heap)]! &= ~0xff),
  ],
  [
    'magic number of a cache',
    /cache of class 7 has another class's magic number/,
    (heap) => void (heap.cells[cacheOf(heap) + CACHE_MAGIC]! += 1),
  ],
  [
    'cell where no block leads',
    /cell 5 of thread \d+'s record is not 0/,
    ({ cells, record }) => void (cells[record + PAGE_LARGE + CACHE_MAGIC] = 1),
  ],
  [
    'cache that nobody has',
    /holds blocks, but no thread has that record/,
    (heap) => {
      const { cells, record } = heap;
      const end = record + R_REMOTE_SUPERSLABS;
      cells.copyWithin(unattached(heap) + R_CACHES, record + R_CACHES, end);
    },
  ],
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
    (prepared) => {
      const { heap, cells, block } = prepared;
      heap.free(block);
      cells[topOf(cells, cacheOf(prepared)) - 1] = block;
    },
  ],
  [
    'cache with what is no block',
    /holds \d+, which is no block of its class/,
    (heap) => void (heap.cells[topOf(heap.cells, cacheOf(heap))]! += 16),
  ],
  [
    'run cache with a run that is none',
    /run cache holds the run at slab/,
    ({ cells, record }) => {
      cells[record + R_RUNS + 1] = (5 << RUN_SHIFT) | 200;
      cells[record + R_RUNS]! += 1 - (5 << RUNS_SHIFT);
    },
  ],
  [
    'run cache that nobody has',
    /run cache is left with 5 slabs/,
    (heap) => {
      const runs = unattached(heap) + R_RUNS;
      heap.cells[runs + 1] = (5 << RUN_SHIFT) | 200;
      heap.cells[runs] = 1;
    },
  ],
  [
    'room of a run cache',
    /run cache has 0 slabs, room for/,
    ({ cells, record }) => void (cells[record + R_RUNS]! += 1 << RUNS_SHIFT),
  ],
  [
    'run in a run cache twice',
    /run at slab .* is in thread .* and in thread/,
    ({ heap, cells, record }) => {
      heap.free(heap.malloc(RUN));
      const runs = record + R_RUNS;
      cells[runs + 2] = cells[runs + 1]!;
      cells[runs]! += 1 - ((cells[runs + 1]! >>> RUN_SHIFT) << RUNS_SHIFT);
    },
  ],
  [
    'mark of a kept run',
    /free run at slab .* has lost its mark/,
    ({ heap, cells }) => {
      const run = heap.malloc(RUN);
      heap.free(run);
      cells[run >>> 2] = 7;
    },
  ],
  [
    'slab list that leads nowhere',
    /slab list of class 7 leads to 1, which is no slab/,
    ({ cells, record }) => void (cells[partialList(record, CLASS)] = 1),
  ],
  [
    'slab list in a circle',
    /slab list of class 7 meets slab \d+ twice/,
    ({ cells, slab, d }) => void (cells[d + D_NEXT] = slab),
  ],
  [
    'slab list with a slab of another class',
    /slab list of class 7 holds slab \d+, which is not its own/,
    ({ cells, record }) =>
      void (cells[partialList(record, CLASS)] = cells[partialList(record, CLASS + 1)]!),
  ],
  [
    'link of a slab list',
    /slab list of class 7 has a broken link/,
    ({ cells, d }) => void (cells[d + D_PREV] = 9),
  ],
  [
    'slab that is not listed',
    /has free blocks, its owner's list says otherwise/,
    ({ cells, d }) => void (cells[d + D_LISTED] = 0),
  ],
  [
    'mask of owned slabs',
    /thread 0 owns slab \d+, its mask differs/,
    ({ cells, geometry, record, slab }) =>
      void (cells[record + geometry.ownedOffset + (slab >>> 5)]! ^= 1 << (slab & 31)),
  ],
  [
    'queue length',
    /length that differs/,
    ({ cells, geometry }) => void (cells[geometry.queues + QUEUE_CELLS + Q_FULL] = 1),
  ],
  [
    'slot of a spill queue',
    /spill queue of class 7 has slot 0 in the hands of a thread/,
    ({ cells, geometry }) =>
      void (cells[geometry.queues + CLASS * QUEUE_CELLS + Q_SLOTS + SLOT_STATE] = SLOT_TAKING),
  ],
];
