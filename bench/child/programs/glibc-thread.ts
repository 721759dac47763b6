/** JavaScript twin of bench/native/glibc-thread.c, which says what is modelled. */
import { DRAWN_PLACES, DRAWN_SIZES, WORKING_SET } from '../../lib/loop-numbers.js';
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { checksum, inParts, type Program, SEED } from './program.js';

interface Tables {
  readonly sizes: Int32Array;
  readonly offsets: Int32Array;
}

export const glibcThread: Program<object> = {
  start({ instance: { heap, memory, slots: newSlots } }) {
    const tables = drawTables();
    const slots = newSlots(WORKING_SET);
    let turn = 0;
    return {
      run: inParts((count) => {
        loop(heap, memory, slots, tables, turn, count);
        turn += count;
      }),
      finish: () => {
        let sum = checksum(turn % DRAWN_SIZES, turn % DRAWN_PLACES);
        for (let slot = 0; slot < WORKING_SET; slot++) {
          const block = slots[slot];
          if (!block) continue;
          sum = checksum(sum, memory.byte(block, 3));
          heap.free(block);
        }
        return sum;
      },
    };
  },
};

function drawTables(): Tables {
  let x = SEED | 0;
  const draw = () => (x = xorshift32(x)) >>> 0;
  const [least, most] = [1 / 4, 1 / 32768];
  const sizes = Int32Array.from({ length: DRAWN_SIZES }, () =>
    Math.floor(1 / (least - ((least - most) * draw()) / 2 ** 32)),
  );
  const offsets = Int32Array.from({ length: DRAWN_PLACES }, () => draw() % WORKING_SET);
  return { sizes, offsets };
}

function loop(
  heap: Allocator,
  memory: Memory,
  slots: Slots,
  { sizes, offsets }: Tables,
  done: number,
  turns: number,
): void {
  let sizeAt = done % DRAWN_SIZES;
  let offsetAt = done % DRAWN_PLACES;
  for (let turn = 0; turn < turns; turn++) {
    const slot = offsets[offsetAt];
    const size = sizes[sizeAt];
    const old = slots[slot];
    if (old) heap.free(old);
    const block = heap.malloc(size);
    for (let i = 0; i < size; i++) memory.setByte(block, i, i);
    slots[slot] = block;
    offsetAt = offsetAt + 1 === DRAWN_PLACES ? 0 : offsetAt + 1;
    sizeAt = sizeAt + 1 === DRAWN_SIZES ? 0 : sizeAt + 1;
  }
}
