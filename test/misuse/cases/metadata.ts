/** The heap's own bytes: every kind of table, and what stands around the descriptors. */
import { layOut } from '../../../src/base/geometry.js';
import {
  DESCRIPTOR_CELLS,
  DESCRIPTOR_OFFSET,
  H_AVAILABLE,
  H_BIGCACHE,
  H_TUNABLES,
  QUEUE_CELLS,
  R_REMOTE_SLABS,
  R_SLOW,
} from '../../../src/base/offsets.js';
import { SLAB_BYTES, SUPERSLAB_BYTES } from '../../../src/base/layout.js';
import { MiB } from '../../support/heaps.js';
import type { PointerCase } from './pointers.js';

const MAX_THREADS = 64;
const geometry = layOut(0, (64 * MiB) / SLAB_BYTES, MAX_THREADS);

/** Every granule of a stretch of cells, its first word excepted where that is address 0. */
function granules(firstCell: number, cells: number): number[] {
  const addresses: number[] = [];
  for (let cell = firstCell; cell < firstCell + cells; cell += 4) addresses.push(cell * 4);
  return addresses.filter((address) => address > 0);
}

const tables: readonly (readonly [name: string, addresses: readonly number[]])[] = [
  ['the header', granules(0, 32)],
  ['the tunables', granules(H_TUNABLES, 32)],
  ['the bitmaps of the header', granules(H_AVAILABLE, H_BIGCACHE - H_AVAILABLE)],
  ['the slots of the BigCache', granules(H_BIGCACHE, 64)],
  [
    'the free masks and touched slabs',
    granules(geometry.freeMasks, geometry.touched + 64 - geometry.freeMasks),
  ],
  ['the page map', granules(geometry.pageMap, 1024)],
  ['the slab states', granules(geometry.states, 1024)],
  ['the summaries of remote frees', granules(geometry.summaries, 1024)],
  ['the spill queues', granules(geometry.queues, 4 * QUEUE_CELLS)],
  ["the first thread's record and caches", granules(geometry.records, R_SLOW)],
  ["a thread's remote target queue", granules(geometry.records + R_REMOTE_SLABS, 64)],
  [
    'a thread record that nobody has',
    granules(geometry.records + 7 * geometry.recordCells, geometry.recordCells).filter(
      (_, index) => index % 16 === 0,
    ),
  ],
  [
    'the last thread record',
    granules(geometry.records + (MAX_THREADS - 1) * geometry.recordCells, 256),
  ],
  ['the descriptors of the first SuperSlab', granules(DESCRIPTOR_OFFSET, 4 * DESCRIPTOR_CELLS)],
  [
    'the descriptors of later SuperSlabs',
    [1, 2, 3].flatMap((superSlab) =>
      granules((superSlab * SUPERSLAB_BYTES) / 4 + DESCRIPTOR_OFFSET, 4 * DESCRIPTOR_CELLS),
    ),
  ],
  [
    'the borders of the slabs with descriptors',
    [1, 2, 3].flatMap((superSlab) => [
      superSlab * SUPERSLAB_BYTES,
      superSlab * SUPERSLAB_BYTES + SLAB_BYTES - 16,
    ]),
  ],
];

export const metadataCases: readonly PointerCase[] = tables.map(([name, addresses]) => ({
  name,
  answer: ['ERR_INVALID_POINTER'],
  pointers: () => addresses,
}));
