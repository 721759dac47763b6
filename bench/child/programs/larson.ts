/** JavaScript twin of bench/native/larson.c, which says what is modelled. */
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { below, checksum, inParts, type Program, SEED, type Thread } from './program.js';

export interface Larson {
  readonly lo: number;
  readonly hi: number;
  readonly chunks: number;
  /** Turns until a thread's blocks go to the next one. */
  readonly generation: number;
}

export const larson: Program<Larson> = {
  cells: ({ chunks }, threads) => chunks * threads,
  start(thread, parameters) {
    const { instance, self } = thread;
    const { heap, memory } = instance;
    const { lo, hi, generation } = parameters;
    const passing = thread.threads > 1 ? passingOf(thread, parameters.chunks) : undefined;
    let slots = passing?.own() ?? instance.slots(parameters.chunks);
    let state = (SEED + self) | 0;
    let age = 0;
    for (let slot = 0; slot < slots.length; slot++) {
      state = xorshift32(state);
      const block = heap.malloc(lo + below(state, hi - lo));
      memory.setByte(block, 0, 97);
      slots[slot] = block;
    }
    const replace = replacing(heap, memory, lo, hi - lo);
    const replaceSome = inParts((count) => {
      state = replace(slots, state, count);
    });
    return {
      run: (turns) => {
        for (let left = turns; left > 0;) {
          const count = Math.min(left, generation - age);
          replaceSome(count);
          left -= count;
          age += count;
          if (age < generation) continue;
          age = 0;
          slots = passing?.next() ?? slots;
        }
        return turns;
      },
      finish: () => {
        let sum = state;
        for (let slot = 0; slot < slots.length; slot++) {
          sum = checksum(sum, memory.byte(slots[slot], 0));
          heap.free(slots[slot]);
        }
        return sum;
      },
    };
  },
};

/** Replaces so many blocks in a thread's slots; the loop stands in a closure as in random-mixed.ts. */
function replacing(
  heap: Allocator,
  memory: Memory,
  lo: number,
  span: number,
): (slots: Slots, state: number, turns: number) => number {
  return (slots, state, turns) => {
    const count = slots.length;
    let x = state | 0;
    let read = 0;
    for (let turn = 0, end = turns | 0; turn < end; turn++) {
      x = xorshift32(x);
      const victim = below(x, count);
      heap.free(slots[victim]);
      x = xorshift32(x);
      const block = heap.malloc((lo + below(x, span)) | 0);
      slots[victim] = block;
      memory.setByte(block, 0, 97);
      read = (read + memory.byte(block, 0)) | 0;
      memory.setByte(block, 1, 98);
    }
    if (read !== turns * 97) throw new Error('a block has other content than was written');
    return x;
  };
}

interface Passing {
  own(): Slots;
  /** Gives the blocks of this thread to the next one and gets those of the one before. */
  next(): Slots;
}

function passingOf(thread: Thread, chunks: number): Passing {
  return thread.sharing ? byReference(thread, chunks) : byCopy(thread, chunks);
}

function byReference({ shared, self, threads, meet }: Thread, chunks: number): Passing {
  const part = (index: number) => new Uint32Array(shared.buffer, index * chunks * 4, chunks);
  let at = self;
  return {
    own: () => part(self),
    next: () => {
      at = (at + 1) % threads;
      meet();
      return part(at);
    },
  };
}

/** The contents travel in a message; the receiver has blocks of its own for them. */
function byCopy(thread: Thread, chunks: number): Passing {
  const { heap, memory, slots: newSlots } = thread.instance;
  const slots = newSlots(chunks);
  const contents = new Uint8Array(chunks * 2);
  return {
    own: () => slots,
    next: () => {
      for (let slot = 0; slot < chunks; slot++) {
        contents[slot * 2] = memory.byte(slots[slot], 0);
        contents[slot * 2 + 1] = memory.byte(slots[slot], 1);
        heap.free(slots[slot]);
      }
      thread.courier.send((thread.self + 1) % thread.threads, contents);
      const received = thread.courier.receive() as Uint8Array;
      for (let slot = 0; slot < chunks; slot++) {
        // The size does not travel: it is that of the mean block.
        const block = heap.malloc(504);
        memory.setByte(block, 0, received[slot * 2]);
        memory.setByte(block, 1, received[slot * 2 + 1]);
        slots[slot] = block;
      }
      return slots;
    },
  };
}
