/** The thread of the hand-over that frees. */
import { workerData } from 'node:worker_threads';
import { Heap } from '../../../src/index.js';
import { BLOCKS, DONE, FILLED, FIRST, type HandoverData } from './handover-board.js';

function empty(heap: Heap, board: Int32Array): void {
  for (let i = FIRST; i < FIRST + BLOCKS; i++) heap.free(board[i] >>> 0);
}

const { handle, board, freed } = workerData as HandoverData;
using heap = Heap.attach(handle);
for (let turn = 0; ;) {
  Atomics.wait(board, FILLED, turn);
  turn = Atomics.load(board, FILLED);
  if (turn === -1) break;
  const start = performance.now();
  empty(heap, board);
  freed[0] += performance.now() - start;
  Atomics.store(board, DONE, turn);
  Atomics.notify(board, DONE);
}
