/** A heap to break, and where its metadata stands. */
import { layOut } from '../../../../src/base/geometry.js';
import { SLAB_BYTES, TRAILER_BYTES } from '../../../../src/base/layout.js';
import { H_MAX_SLABS } from '../../../../src/base/offsets.js';
import { debugSettings } from '../../../../src/hardened/settings.js';
import { Heap } from '../../../../src/index.js';
import { descriptorOf } from '../../../../src/superslab/slab.js';

// Freed blocks go into the cache at once, whatever the build.
debugSettings.quarantineBlocks = 0;

/** The class of the block in use. */
export const CLASS = 7;
/** Bytes of a block of that class, with its trailer where the build has one. */
export const SIZE = FLAGS.HAKMEM_BUILD_HARDENED ? 100 - TRAILER_BYTES : 100;
/** A request for a run of seven slabs. */
export const RUN = 400_000;

/** A heap with one block in use. */
export function prepare() {
  const heap = Heap.create({ maximumBytes: 32 << 20, maxThreads: 4 });
  const cells = heap.i32;
  const geometry = layOut(0, cells[H_MAX_SLABS]!, 4);
  const block = heap.malloc(SIZE);
  const slab = slabOf(block);
  return { heap, cells, geometry, record: geometry.records, block, slab, d: descriptorOf(slab) };
}

export type Prepared = ReturnType<typeof prepare>;

/** Breaks one invariant; the sentence is the one that must name it. */
export type Fault = [what: string, sentence: RegExp, plant: (heap: Prepared) => void];

export function slabOf(block: number): number {
  return Math.floor(block / SLAB_BYTES);
}
