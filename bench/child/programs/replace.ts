/** JavaScript twin of bench/native/replace.c, which says what is modelled. */
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { below, inParts, type Program, SEED } from './program.js';
import { freeAll } from './random-mixed.js';

export interface Replace {
  readonly lo: number;
  readonly hi: number;
  readonly blocks: number;
}

export const replace: Program<Replace> = {
  start({ instance: { heap, memory, slots: newSlots }, self }, { lo, hi, blocks }) {
    const span = hi - lo + 1;
    const slots = newSlots(blocks);
    let state = (SEED + self) | 0;
    for (let slot = 0; slot < blocks; slot++) {
      state = xorshift32(state);
      const size = lo + below(state, span);
      const block = heap.malloc(size);
      if (!block) throw new Error(`no room for block ${slot}`);
      memory.setWord(block, 0, size);
      slots[slot] = block;
    }
    const replace = replacing(heap, memory, slots, lo, span);
    return {
      run: inParts((count) => {
        state = replace(state, count);
      }),
      finish: () => freeAll(heap, memory, slots, state),
    };
  },
};

/** Replaces so many blocks; the loop stands in a closure as in random-mixed.ts. */
function replacing(
  heap: Allocator,
  memory: Memory,
  slots: Slots,
  lo: number,
  span: number,
): (state: number, turns: number) => number {
  const count = slots.length;
  return (state, turns) => {
    let x = state | 0;
    for (let turn = 0, end = turns | 0; turn < end; turn++) {
      x = xorshift32(x);
      const victim = below(x, count);
      heap.free(slots[victim]);
      x = xorshift32(x);
      const size = (lo + below(x, span)) | 0;
      const block = heap.malloc(size);
      memory.setWord(block, 0, size);
      slots[victim] = block;
    }
    return x;
  };
}
