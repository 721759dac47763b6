/** One thread, 256 slots, each filled or freed at random: bench/child/programs/random-mixed.ts in steps. */
import { Heap } from '../../../src/index.js';
import { xorshift32 } from '../../lib/random.js';
import { SEED } from '../../child/programs/program.js';
import { MIXED_SLOTS } from '../../lib/loop-numbers.js';
import { type Workload } from './workload.js';

const TURNS = 2000;
const HEAP_BYTES = 2 ** 26;

/** Sizes from `lo` to `hi` bytes. */
export function randomMixed(lo: number, hi: number): Workload {
  const heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const words = heap.i32;
  const slots = new Uint32Array(MIXED_SLOTS);
  const span = hi - lo + 1;
  let state = SEED | 0;
  return {
    heap,
    operations: TURNS,
    // The loop stands in the closure itself: V8 takes the constants around it for constants of the code.
    step: () => {
      let x = state | 0;
      for (let turn = 0; turn < TURNS; turn++) {
        x = xorshift32(x);
        const slot = x & (MIXED_SLOTS - 1);
        const block = slots[slot];
        if (block !== 0) {
          heap.free(block);
          slots[slot] = 0;
        } else {
          const size = (lo + ((((x >>> 8) & 1023) * span) >>> 10)) | 0;
          const ptr = heap.malloc(size);
          words[ptr >>> 2] = size;
          slots[slot] = ptr;
        }
      }
      state = x;
    },
  };
}
