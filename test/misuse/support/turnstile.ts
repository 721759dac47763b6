/** Milliseconds after which whoever is missing has surely failed. */
const PATIENCE = 10_000;

/** Lets threads through together, again and again: nobody starts round n before all have come. */
export class Turnstile {
  readonly #cells: Int32Array;
  #round = 0;

  constructor(
    buffer: SharedArrayBuffer,
    readonly threads: number,
  ) {
    this.#cells = new Int32Array(buffer);
  }

  /** Spins, since a thread that sleeps wakes too late to meet the others. */
  pass(): void {
    this.#round++;
    Atomics.add(this.#cells, 0, 1);
    const patience = Date.now() + PATIENCE;
    while (Atomics.load(this.#cells, 0) < this.#round * this.threads) {
      if (Date.now() > patience) throw new Error(`nobody came to round ${this.#round}`);
    }
  }
}
