import { ARGUMENT_SHIFT, PAGE_SHIFT, SLAB_OWNED } from '../../../../src/base/layout.js';
import {
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  D_SCAN,
} from '../../../../src/base/offsets.js';
import { inFigure } from '../../../../src/base/class-cells.js';
import { KiB } from '../../../support/heaps.js';
import { CLASS, type Fault, SIZE, slabOf } from './prepared.js';

/** The descriptors of slabs cut into blocks: among them used + free + waiting = carved. */
export const slabFaults: readonly Fault[] = [
  ['free count', /counts .* free blocks and has/, ({ cells, d }) => void (cells[d + D_FREE]! += 1)],
  ['owner', /names another owner/, ({ cells, d }) => void (cells[d + D_OWNER] = 3)],
  [
    'owner that is not attached',
    /is owned by thread 2, which is not attached/,
    ({ cells, geometry, slab }) =>
      void (cells[geometry.states + slab] = SLAB_OWNED | (2 << ARGUMENT_SHIFT)),
  ],
  [
    'slab of descriptors that is owned',
    /slab 32 holds descriptors and cannot hold blocks/,
    ({ cells, geometry }) => void (cells[geometry.states + 32] = SLAB_OWNED),
  ],
  ['class', /has no size class \(0\)/, ({ cells, d }) => void (cells[d + D_CLASS] = 0)],
  ['carved count', /page map disagree/, ({ cells, d }) => void (cells[d + D_CARVED]! += 1)],
  [
    'page map of a later slab',
    /and the page map disagree about slab/,
    ({ heap, cells, geometry }) => {
      const ptr = heap.malloc(200 * KiB);
      cells[geometry.pageMap + slabOf(ptr) + 6]! -= 1 << PAGE_SHIFT;
    },
  ],
  [
    'carved count beyond the capacity',
    /has carved 9999 of \d+ blocks/,
    ({ cells, d }) => void (cells[d + D_CARVED] = 9999),
  ],
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
    'mark of a block in its slab',
    /free in its slab, has lost its mark/,
    ({ heap, cells }) => {
      const [stays, goes] = [heap.malloc(SIZE), heap.malloc(SIZE)];
      heap.free(goes);
      heap.flush();
      cells[goes >>> 2] = stays;
    },
  ],
  [
    'remote frees without a summary',
    /summary leaves out/,
    ({ cells, d }) => void (cells[d + D_REMOTE] = 1 << 15),
  ],
  [
    'remote frees without news',
    /has remote frees that are not in the queue of thread 0/,
    ({ cells, geometry, slab, d }) => {
      cells[d + D_REMOTE] = 1 << 15;
      cells[geometry.summaries + slab] = 1;
    },
  ],
  ['bit beyond carved', /not carved yet/, ({ cells, d }) => void (cells[d + D_LOCAL + 9] = 1)],
  [
    'start of the search',
    /has free blocks before the start of its search/,
    ({ cells, d }) => {
      cells[d + D_LOCAL] = 1;
      cells[d + D_SCAN] = 1;
    },
  ],
  [
    'sum of free blocks',
    /has more free blocks than blocks/,
    ({ cells, d }) => void cells.fill(-1, d + D_LOCAL, d + D_LOCAL + 8),
  ],
  [
    'count of blocks in use',
    /class 7: \d+ blocks in use, figures say/,
    ({ heap, record }) => void (heap.f64[inFigure(record, CLASS)]! += 1),
  ],
];
