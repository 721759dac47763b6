/**
 * Two threads: one allocates a burst, the other frees all of it, more than the spill queues hold, so
 * that blocks return to slabs of their owner as remote frees. The two take turns and spin while they
 * wait within a round, so that no system call is measured.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Heap } from '../../../src/index.js';
import { SEED } from '../../child/programs/program.js';
import { BLOCKS, DONE, FILLED, FIRST, type HandoverData, IDLE } from './handover-board.js';
import { type Workload } from './workload.js';

const HEAP_BYTES = 2 ** 27;

export function handover(): Workload {
  const heap = Heap.create({ initialBytes: HEAP_BYTES, maximumBytes: HEAP_BYTES });
  const words = heap.i32;
  const board = new Int32Array(new SharedArrayBuffer((FIRST + BLOCKS) * 4));
  const workerData: HandoverData = { handle: heap.handle, board };
  const worker = new Worker(new URL('handover.worker.js', import.meta.url), { workerData });
  worker.on('error', (error) => {
    throw error;
  });
  let state = SEED | 0;
  let turn = 0;
  return {
    heap,
    operations: 2 * BLOCKS,
    step: () => {
      state = fill(heap, words, board, state);
      turn++;
      Atomics.store(board, FILLED, turn);
      if (Atomics.load(board, IDLE) === 1) Atomics.notify(board, FILLED);
      while (Atomics.load(board, DONE) !== turn);
    },
    close: async () => {
      const exit = once(worker, 'exit');
      Atomics.store(board, FILLED, -1);
      Atomics.notify(board, FILLED);
      await exit;
    },
  };
}

function fill(heap: Heap, words: Int32Array, board: Int32Array, state: number): number {
  let x = state;
  for (let i = FIRST; i < FIRST + BLOCKS; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    const ptr = heap.malloc(512 + ((x >>> 8) & 511));
    words[ptr >>> 2] = i;
    board[i] = ptr;
  }
  return x;
}
