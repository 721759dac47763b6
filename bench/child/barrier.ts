/** A barrier for a fixed number of threads, in two cells of shared memory. */
import { looksBeforeSleep, rest } from './rest.js';

const WAITING = 0;
const ROUND = 1;
export const BARRIER_CELLS = 2;

export function meet(cells: Int32Array, threads: number): void {
  const round = Atomics.load(cells, ROUND);
  if (Atomics.add(cells, WAITING, 1) === threads - 1) {
    Atomics.store(cells, WAITING, 0);
    Atomics.add(cells, ROUND, 1);
    Atomics.notify(cells, ROUND);
    return;
  }
  for (let left = looksBeforeSleep(threads); left > 0; left--) {
    if (Atomics.load(cells, ROUND) !== round) return;
    rest();
  }
  while (Atomics.load(cells, ROUND) === round) Atomics.wait(cells, ROUND, round, 1000);
}
