/** JavaScript twin of bench/native/random-mixed.c. */
import { Heap } from '../../src/index.js';
import { SEED } from './seed.js';

const SLOTS = 256;

export interface RandomMixed {
  readonly lo: number;
  readonly hi: number;
  readonly warmup: number;
  readonly turns: number;
}

export function randomMixed({ lo, hi, warmup, turns }: RandomMixed): { figure: number } {
  using heap = Heap.create();
  const slots = new Int32Array(SLOTS);
  let state = SEED | 0;
  // Several calls, so that the measured one enters code that is optimised already.
  for (let part = 0; part < 4; part++) {
    state = run(heap, slots, state, lo, hi - lo + 1, warmup / 4);
  }
  const start = performance.now();
  run(heap, slots, state, lo, hi - lo + 1, turns);
  return { figure: turns / ((performance.now() - start) / 1000) };
}

function run(
  heap: Heap,
  slots: Int32Array,
  state: number,
  lo: number,
  span: number,
  turns: number,
): number {
  let words = heap.i32;
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
      const size = lo + ((((x >>> 8) & 1023) * span) >>> 10);
      const ptr = heap.malloc(size);
      if (ptr === 0) throw new Error('out of memory');
      const word = ptr >>> 2;
      if (word >= words.length) words = heap.i32;
      words[word] = size;
      slots[slot] = ptr;
    }
  }
  return x;
}
