/**
 * One thread that allocates many blocks and then frees all of them: caches run empty and full, so
 * that magazines travel and slabs take blocks back. With a flush after each burst, the slabs go back
 * to the shared pool too and are acquired again.
 */
import { Heap } from '../../../src/index.js';
import { xorshift32 } from '../../lib/random.js';
import { SEED } from '../../child/programs/program.js';
import { type Workload } from './workload.js';

const BLOCKS = 2000;
const HEAP_BYTES = 2 ** 26;

export function bursts({ flush }: { flush: boolean }): Workload {
  const heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const words = heap.i32;
  const blocks = new Uint32Array(BLOCKS);
  let state = SEED | 0;
  return {
    heap,
    operations: 2 * BLOCKS,
    step: () => {
      state = fill(heap, words, blocks, state);
      empty(heap, blocks);
      if (flush) heap.flush();
    },
  };
}

/** Sizes from 16 to 1024 bytes. */
function fill(heap: Heap, words: Int32Array, blocks: Uint32Array, state: number): number {
  let x = state | 0;
  for (let i = 0; i < blocks.length; i++) {
    x = xorshift32(x);
    const ptr = heap.malloc(16 + (((x >>> 8) & 1023) % 1009));
    words[ptr >>> 2] = i;
    blocks[i] = ptr;
  }
  return x;
}

function empty(heap: Heap, blocks: Uint32Array): void {
  for (const block of blocks) heap.free(block);
}
