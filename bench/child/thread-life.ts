/** JavaScript twin of bench/native/thread-life.c: lives of a thread in a heap, on one worker. */
import { Heap } from '../../src/index.js';
import { freeAll, mixing } from './programs/random-mixed.js';
import { SEED } from './programs/program.js';
import { AddressedMemory } from './allocators/instance.js';

export interface ThreadLife {
  readonly lo: number;
  readonly hi: number;
  readonly operations: number;
  readonly warmup: number;
  readonly turns: number;
}

const SLOTS = 256;
const HEAP_BYTES = 2 ** 26;

export function threadLife(options: ThreadLife): { figure: number } {
  const { lo, hi, operations, warmup, turns } = options;
  const first = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const { handle } = first;
  const memory = new AddressedMemory(first.i32, first.u8);
  first.detach();
  const slots = new Uint32Array(SLOTS);
  let state = SEED | 0;
  const live = (count: number) => {
    for (let life = 0; life < count; life++) {
      const heap = Heap.attach(handle);
      state = mixing(heap, memory, slots, lo, hi - lo + 1)(state, operations);
      freeAll(heap, memory, slots, 0);
      heap.detach();
    }
  };
  live(warmup);
  const start = performance.now();
  live(turns);
  const seconds = (performance.now() - start) / 1000;
  using heap = Heap.attach(handle);
  const { liveBlocks } = heap.stats();
  if (liveBlocks !== 0) throw new Error(`${liveBlocks} blocks were not freed`);
  return { figure: turns / seconds };
}
