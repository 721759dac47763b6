/** The thread of the hand-over that frees. Between rounds it sleeps. */
import { workerData } from 'node:worker_threads';
import { Heap } from '../../../src/index.js';
import { BLOCKS, DONE, FILLED, FIRST, type HandoverData, IDLE } from './handover-board.js';

/** Some tens of microseconds, longer than the other thread takes to fill a burst. */
const SPINS = 50_000;

function awaitTurn(board: Int32Array, last: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const turn = Atomics.load(board, FILLED);
    if (turn !== last) return turn;
  }
  Atomics.store(board, IDLE, 1);
  Atomics.wait(board, FILLED, last);
  Atomics.store(board, IDLE, 0);
  return Atomics.load(board, FILLED);
}

function empty(heap: Heap, board: Int32Array): void {
  for (let i = FIRST; i < FIRST + BLOCKS; i++) heap.free(board[i] >>> 0);
}

const { handle, board } = workerData as HandoverData;
using heap = Heap.attach(handle);
for (let turn = awaitTurn(board, 0); turn !== -1; turn = awaitTurn(board, turn)) {
  empty(heap, board);
  Atomics.store(board, DONE, turn);
}
