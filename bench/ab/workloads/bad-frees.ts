/** Frees of what is no block in use: every one is refused with an error that is thrown and caught. */
import { Heap, HakmemError } from '../../../src/index.js';
import { type Workload } from './workload.js';

const ROUNDS = 4;

export function badFrees(): Workload {
  const heap = Heap.create();
  const block = heap.malloc(64);
  const freed = heap.malloc(64);
  heap.free(freed);
  const run = heap.malloc(2 ** 20);
  const bad = [block + 16, block + 1, freed, run + 2 ** 16, 64, heap.u8.length - 64, 2 ** 40, -16];
  return {
    heap,
    operations: ROUNDS * bad.length,
    step: () => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const target of bad) refused(heap, target);
      }
    },
  };
}

function refused(heap: Heap, target: number): void {
  try {
    heap.free(target);
  } catch (error) {
    if (error instanceof HakmemError) return;
    throw error;
  }
  throw new Error(`free(${target}) was not refused`);
}
