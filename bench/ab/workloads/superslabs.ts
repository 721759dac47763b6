/**
 * Runs of whole SuperSlabs that the BigCache does not hold, so that each comes from the shared pool
 * and returns there: 24 blocks of ever other lengths, and a flush, which empties the BigCache.
 */
import { SUPERSLAB_BYTES } from '../../../src/base/layout.js';
import { Heap } from '../../../src/index.js';
import { type Workload } from './workload.js';

/** A length and the next differ by so much. */
const STEP = 2 * SUPERSLAB_BYTES;
const BLOCKS = 24;
const HEAP_BYTES = 2 ** 30;

export function superslabs(): Workload {
  const heap = Heap.create({ initialBytes: 2 ** 24, maximumBytes: HEAP_BYTES });
  const blocks = new Uint32Array(BLOCKS);
  return {
    heap,
    operations: 2 * BLOCKS,
    step: () => {
      for (let i = 0; i < BLOCKS; i++) blocks[i] = heap.malloc((1 + (i % 8)) * STEP);
      for (const block of blocks) heap.free(block);
      heap.flush();
    },
  };
}
