/**
 * One thread with 16 slots of 33 KiB to 2 MiB, filled or freed at random: the pooled classes to
 * 256 KiB, and above them whole runs of slabs that the BigCache keeps.
 */
import { Heap } from '../../../src/index.js';
import { xorshift32 } from '../../lib/random.js';
import { SEED } from '../../child/programs/program.js';
import { type Workload } from './workload.js';

const KIB = 1024;
const SLOTS = 16;
const TURNS = 200;
const HEAP_BYTES = 2 ** 28;

export function large(): Workload {
  const heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const slots = new Uint32Array(SLOTS);
  let state = SEED | 0;
  return {
    heap,
    operations: TURNS,
    step: () => {
      state = run(heap, slots, state);
    },
  };
}

function run(heap: Heap, slots: Uint32Array, state: number): number {
  let x = state | 0;
  for (let turn = 0; turn < TURNS; turn++) {
    x = xorshift32(x);
    const slot = x & (SLOTS - 1);
    const block = slots[slot];
    if (block !== 0) {
      heap.free(block);
      slots[slot] = 0;
    } else {
      // Every second block has a class, the others are runs.
      const units = (x >>> 8) & 63;
      const size = (x & 0x80) === 0 ? (33 + units * 3) * KIB : (257 + units * 28) * KIB;
      slots[slot] = heap.malloc(size);
    }
  }
  return x;
}
