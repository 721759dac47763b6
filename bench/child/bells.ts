/**
 * Bells: how threads that wait for each other in a workload stop and go on. A thread that has looked for
 * something in vain for a while puts its bell down and sleeps; whoever changes what it may wait for rings
 * it, which costs one load while nobody sleeps.
 */
import { looksBeforeSleep, rest } from './rest.js';

/** The most that a sleep lasts, whatever goes wrong: no ring is missed. */
const NAP_MS = 1;

export class Bells {
  readonly #looks: number;
  #idle = 0;

  /** @param cells one for each thread, 0 at first */
  constructor(
    readonly cells: Int32Array<SharedArrayBuffer>,
    readonly self: number,
  ) {
    this.#looks = looksBeforeSleep(cells.length);
  }

  /** Something was there. */
  found(): void {
    this.#idle = 0;
  }

  /** Nothing was there: rests, or sleeps. The caller looks again after each call. */
  missed(): void {
    this.#idle++;
    // The bell is put down before the caller's last look; rung after that, it ends the wait at once.
    if (this.#idle < this.#looks) rest();
    else if (this.#idle === this.#looks) Atomics.store(this.cells, this.self, 1);
    else {
      Atomics.wait(this.cells, this.self, 1, NAP_MS);
      this.#idle = 0;
    }
  }

  /** Wakes a thread that sleeps. */
  ring(other: number): void {
    if (Atomics.load(this.cells, other) === 0) return;
    Atomics.store(this.cells, other, 0);
    Atomics.notify(this.cells, other);
  }
}
