/** JavaScript twin of bench/native/random-mixed.c. */
import { MIXED_SLOTS } from '../../lib/loop-numbers.js';
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { checksum, inParts, type Program, SEED } from './program.js';

export interface RandomMixed {
  readonly lo: number;
  readonly hi: number;
}

export const randomMixed: Program<RandomMixed> = {
  start({ instance: { heap, memory, slots: newSlots }, self }, { lo, hi }) {
    const slots = newSlots(MIXED_SLOTS);
    const mix = mixing(heap, memory, slots, lo, hi - lo + 1);
    let state = (SEED + self) | 0;
    return {
      run: inParts((count) => {
        state = mix(state, count);
      }),
      finish: () => freeAll(heap, memory, slots, state),
    };
  },
};

/**
 * A turn frees a full slot or fills an empty one. Returns what does so many turns from a state of the
 * generator and gives the next state. The loop stands in the closure itself: while there is one of it,
 * V8 takes the constants around it for constants of the code.
 */
export function mixing(
  heap: Allocator,
  memory: Memory,
  slots: Slots,
  lo: number,
  span: number,
): (state: number, turns: number) => number {
  return (state, turns) => {
    let x = state | 0;
    for (let turn = 0, end = turns | 0; turn < end; turn++) {
      x = xorshift32(x);
      const slot = x & (MIXED_SLOTS - 1);
      const block = slots[slot];
      if (block) {
        heap.free(block);
        slots[slot] = 0;
      } else {
        const size = (lo + ((((x >>> 8) & 1023) * span) >>> 10)) | 0;
        const fresh = heap.malloc(size);
        memory.setWord(fresh, 0, size);
        slots[slot] = fresh;
      }
    }
    return x;
  };
}

/** Frees every block in the slots; a checksum of the first words and of the state. */
export function freeAll(heap: Allocator, memory: Memory, slots: Slots, state: number): number {
  let sum = state;
  for (let slot = 0; slot < slots.length; slot++) {
    const block = slots[slot];
    if (!block) continue;
    sum = checksum(sum, memory.word(block, 0));
    heap.free(block);
    slots[slot] = 0;
  }
  return sum;
}
