import {
  ARGUMENT_SHIFT,
  RUN_SHIFT,
  SLAB_CACHED,
  SLAB_CLAIMED,
  SLAB_FREE,
  SLAB_INNER,
  SLAB_LARGE,
} from '../../../../src/base/layout.js';
import {
  H_AVAILABLE,
  H_BIGCACHE,
  H_CAPACITY,
  H_MAX_SLABS,
  H_RECORDS,
  R_LARGE_MALLOCS,
} from '../../../../src/base/offsets.js';
import { type Fault, type Prepared, RUN, slabOf } from './prepared.js';

/** The cell of the state of the last slab, which is free. */
const lastState = ({ cells, geometry }: Prepared) => geometry.states + cells[H_CAPACITY]! - 1;

/** The header, slab states, the runs that they form, hints, and the BigCache. */
export const poolFaults: readonly Fault[] = [
  ['header', /header is damaged/, ({ cells }) => void (cells[H_MAX_SLABS]! += 1)],
  [
    'capacity',
    /capacity of \d+ slabs is impossible/,
    ({ cells }) => void (cells[H_CAPACITY]! += 9999),
  ],
  ['count of records', /records are impossible/, ({ cells }) => void (cells[H_RECORDS] = 1000)],
  [
    'count of Large blocks',
    /^0 Large blocks in use, figures say 1$/m,
    ({ heap, record }) => void (heap.f64[(record + R_LARGE_MALLOCS) / 2]! += 1),
  ],
  [
    'slab of the tables',
    /slab 0 is the heap's own and not marked so/,
    ({ cells, geometry }) => void (cells[geometry.states] = SLAB_FREE),
  ],
  [
    'page map of a free slab',
    /is free, but the page map has it/,
    ({ cells, geometry }) => void (cells[geometry.pageMap + cells[H_CAPACITY]! - 1] = 1),
  ],
  [
    'slab in the hands of a thread',
    /is in the hands of thread/,
    (heap) => void (heap.cells[lastState(heap)] = SLAB_CLAIMED),
  ],
  [
    'inner slab without a run',
    /has state \d+, which starts no run/,
    (heap) => void (heap.cells[lastState(heap)] = SLAB_INNER | (1 << ARGUMENT_SHIFT)),
  ],
  [
    'run that is not in the page map',
    /the Large run at slab \d+ is not in the page map/,
    ({ heap, cells, geometry }) => void (cells[geometry.pageMap + slabOf(heap.malloc(RUN))] = 0),
  ],
  [
    'run beyond the end',
    /the run at slab \d+ has 9999 slabs/,
    (heap) => void (heap.cells[lastState(heap)] = SLAB_LARGE | (9999 << ARGUMENT_SHIFT)),
  ],
  [
    'run with a slab that is not its own',
    /does not belong to the run at slab/,
    ({ heap, cells, geometry }) =>
      void (cells[geometry.states + slabOf(heap.malloc(RUN)) + 1] = SLAB_FREE),
  ],
  [
    'page map inside a run',
    /inside the run at slab \d+ is wrong in the page map/,
    ({ heap, cells, geometry }) =>
      void (cells[geometry.pageMap + slabOf(heap.malloc(RUN)) + 1] = 5),
  ],
  [
    'cached run without a slot',
    /the cached run at slab \d+ is in no slot of the BigCache/,
    ({ heap, cells, geometry }) => {
      const state = geometry.states + slabOf(heap.malloc(RUN));
      cells[state]! += SLAB_CACHED - SLAB_LARGE;
    },
  ],
  [
    'slot of the BigCache',
    /of the BigCache names slab/,
    ({ cells }) => void (cells[H_BIGCACHE] = (5 << RUN_SHIFT) | 200),
  ],
  [
    'free mask',
    /mask of free slabs differs/,
    ({ cells, geometry }) =>
      void (cells[geometry.freeMasks + cells[H_CAPACITY]! / 32 - 1]! &= 0x7fffffff),
  ],
  [
    'list of SuperSlabs with free slabs',
    /the list of SuperSlabs with free slabs is wrong/,
    ({ cells }) => void (cells[H_AVAILABLE] = 0),
  ],
];
