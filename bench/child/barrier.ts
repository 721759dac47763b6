/** A barrier for a fixed number of threads, in two cells of shared memory. */
const WAITING = 0;
const ROUND = 1;
export const BARRIER_CELLS = 2;

/** Looks this often before it sleeps: where every thread has a core, the others are soon there. */
const SPINS = 2000;

export function meet(cells: Int32Array, threads: number): void {
  const round = Atomics.load(cells, ROUND);
  if (Atomics.add(cells, WAITING, 1) === threads - 1) {
    Atomics.store(cells, WAITING, 0);
    Atomics.add(cells, ROUND, 1);
    Atomics.notify(cells, ROUND);
    return;
  }
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(cells, ROUND) !== round) return;
  while (Atomics.load(cells, ROUND) === round) Atomics.wait(cells, ROUND, round, 1000);
}
