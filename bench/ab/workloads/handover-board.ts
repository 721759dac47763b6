/** Where the two threads of the hand-over meet. Cells of a shared array: */
import { type HeapHandle } from '../../../src/index.js';

/** Rises by one when a burst waits; -1 ends the other thread. */
export const FILLED = 0;
/** Follows when that burst is freed. */
export const DONE = 16;
/** The burst's addresses. */
export const FIRST = 32;
export const BLOCKS = 4000;

export interface HandoverData {
  readonly handle: HeapHandle;
  readonly board: Int32Array<SharedArrayBuffer>;
  /** Milliseconds that the thread that frees has spent on that. */
  readonly freed: Float64Array<SharedArrayBuffer>;
}
