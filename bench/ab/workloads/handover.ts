/**
 * Two threads: one allocates a burst, the other frees all of it, more than the spill queues hold, so
 * that blocks return to slabs of their owner as remote frees. They take turns, and only their work
 * counts: how soon the system wakes a thread is not the allocator's.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Heap } from '../../../src/index.js';
import { xorshift32 } from '../../lib/random.js';
import { SEED } from '../../child/programs/program.js';
import { BLOCKS, DONE, FILLED, FIRST, type HandoverData } from './handover-board.js';
import { type Workload } from './workload.js';

const HEAP_BYTES = 2 ** 27;

export function handover(): Workload {
  const heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const words = heap.i32;
  const board = new Int32Array(new SharedArrayBuffer((FIRST + BLOCKS) * 4));
  const freed = new Float64Array(new SharedArrayBuffer(8));
  const workerData: HandoverData = { handle: heap.handle, board, freed };
  const worker = new Worker(new URL('handover.worker.js', import.meta.url), { workerData });
  worker.on('error', (error) => {
    throw error;
  });
  let state = SEED | 0;
  let turn = 0;
  let filled = 0;
  const handOver = (value: number) => {
    Atomics.store(board, FILLED, value);
    Atomics.notify(board, FILLED);
  };
  return {
    heap,
    operations: 2 * BLOCKS,
    step: () => {
      const start = performance.now();
      state = fill(heap, words, board, state);
      filled += performance.now() - start;
      handOver(++turn);
      while (Atomics.load(board, DONE) !== turn) Atomics.wait(board, DONE, turn - 1);
    },
    busy: () => filled + freed[0],
    close: async () => {
      const exit = once(worker, 'exit');
      handOver(-1);
      await exit;
    },
  };
}

function fill(heap: Heap, words: Int32Array, board: Int32Array, state: number): number {
  let x = state | 0;
  for (let i = FIRST; i < FIRST + BLOCKS; i++) {
    x = xorshift32(x);
    const ptr = heap.malloc(512 + ((x >>> 8) & 511));
    words[ptr >>> 2] = i;
    board[i] = ptr;
  }
  return x;
}
