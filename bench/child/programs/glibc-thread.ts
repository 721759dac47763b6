/** JavaScript twin of bench/native/glibc-thread.c, which says what is modelled. */
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { checksum, inParts, type Program, SEED, xorshift32 } from './program.js';

const WORKING_SET = 1024;
const SIZES = 8000;
const OFFSETS = WORKING_SET * 4;

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
        let sum = checksum(turn % SIZES, turn % OFFSETS);
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
  const sizes = Int32Array.from({ length: SIZES }, () =>
    Math.floor(1 / (least - ((least - most) * draw()) / 2 ** 32)),
  );
  const offsets = Int32Array.from({ length: OFFSETS }, () => draw() % WORKING_SET);
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
  let sizeAt = done % SIZES;
  let offsetAt = done % OFFSETS;
  for (let turn = 0; turn < turns; turn++) {
    const slot = offsets[offsetAt];
    const size = sizes[sizeAt];
    const old = slots[slot];
    if (old) heap.free(old);
    const block = heap.malloc(size);
    for (let i = 0; i < size; i++) memory.setByte(block, i, i);
    slots[slot] = block;
    offsetAt = offsetAt + 1 === OFFSETS ? 0 : offsetAt + 1;
    sizeAt = sizeAt + 1 === SIZES ? 0 : sizeAt + 1;
  }
}
