/**
 * A ring of block batches from one thread to one other: the sender fills `slotOf(filled)` and
 * raises FILLED, the receiver empties `slotOf(taken)` and raises TAKEN. Nobody waits in it.
 */
export const BATCH = 256;
export const DEPTH = 4;
export const TAKEN = 0;
export const FILLED = 32;
const BLOCKS = 64;

export function createBatchRing(): SharedArrayBuffer {
  return new SharedArrayBuffer((BLOCKS + DEPTH * BATCH) * 4);
}

/** First word of a batch. */
export function slotOf(count: number): number {
  return BLOCKS + (count % DEPTH) * BATCH;
}
