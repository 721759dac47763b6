/** JavaScript twin of bench/native/random-mixed.c. */
import { Heap } from '../../src/index.js';
import { SEED } from './seed.js';

const SLOTS = 256;
/** More than 256 blocks of the largest range, so that the heap's view never has to be fetched again. */
const HEAP_BYTES = 2 ** 26;
/** Turns per call: short enough that code which V8 finishes late is entered soon. */
const TURNS_PER_CALL = 100_000;

export interface RandomMixed {
  readonly lo: number;
  readonly hi: number;
  readonly warmup: number;
  readonly turns: number;
}

export function randomMixed({ lo, hi, warmup, turns }: RandomMixed): { figure: number } {
  using heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const words = heap.i32;
  // Addresses are unsigned: as such they come from malloc and go to free without a conversion.
  const slots = new Uint32Array(SLOTS);
  const span = hi - lo + 1;
  let state = SEED | 0;
  const go = (count: number) => {
    for (let done = 0; done < count; done += TURNS_PER_CALL) {
      state = run(heap, words, slots, state, lo, span, TURNS_PER_CALL);
    }
  };
  go(warmup);
  const start = performance.now();
  go(turns);
  return { figure: turns / ((performance.now() - start) / 1000) };
}

function run(
  heap: Heap,
  words: Int32Array,
  slots: Uint32Array,
  state: number,
  lo: number,
  span: number,
  turns: number,
): number {
  let x = state;
  for (let turn = 0; turn < turns; turn++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    const slot = x & (SLOTS - 1);
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
  return x;
}
