/** JavaScript twin of bench/native/large.c, which says what is modelled. */
import { xorshift32 } from '../../lib/random.js';
import { inParts, type Program, SEED } from './program.js';
import { freeAll } from './random-mixed.js';

export interface Large {
  readonly lo: number;
  readonly hi: number;
  readonly buffers: number;
  readonly fill: 0 | 1;
}

export const large: Program<Large> = {
  start({ instance: { heap, memory, slots: newSlots }, self }, { lo, hi, buffers, fill }) {
    const slots = newSlots(buffers);
    // Unsigned numbers, and a remainder that is made one: V8 divides others as floating-point numbers,
    // which takes longer than a malloc.
    const count = buffers >>> 0;
    const sizes = (hi - lo + 1) >>> 0;
    let state = (SEED + self) | 0;
    return {
      // The loop stands in the closure itself: V8 takes the constants around it for constants of the code.
      run: inParts((turns) => {
        let x = state | 0;
        for (let turn = 0, end = turns | 0; turn < end; turn++) {
          x = xorshift32(x);
          const victim = ((x >>> 0) % count) >>> 0;
          const old = slots[victim];
          if (old) heap.free(old);
          x = xorshift32(x);
          const size = lo + (((x >>> 0) % sizes) >>> 0);
          const block = heap.malloc(size);
          if (!block) throw new Error(`no room for ${size} bytes`);
          if (fill === 1) memory.clear(block, size);
          memory.setWord(block, 0, size);
          memory.setByte(block, size - 1, 1);
          slots[victim] = block;
        }
        state = x;
      }),
      finish: () => freeAll(heap, memory, slots, state),
    };
  },
};
