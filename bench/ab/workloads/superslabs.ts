/**
 * Runs of whole SuperSlabs that the BigCache does not hold, so that each comes from the shared pool
 * and returns there: 24 blocks of ever other lengths, and a flush, which empties the BigCache.
 */
import { Heap } from '../../../src/index.js';
import { type Workload } from './workload.js';

const SUPERSLAB = 2 ** 21;
const BLOCKS = 24;
const HEAP_BYTES = 2 ** 30;

export function superslabs(): Workload {
  const heap = Heap.create({ initialBytes: 2 ** 24, maximumBytes: HEAP_BYTES });
  const blocks = new Uint32Array(BLOCKS);
  return {
    heap,
    operations: 2 * BLOCKS,
    step: () => {
      for (let i = 0; i < BLOCKS; i++) blocks[i] = heap.malloc((1 + (i % 8)) * SUPERSLAB);
      for (const block of blocks) heap.free(block);
      heap.flush();
    },
  };
}
