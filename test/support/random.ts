/** xorshift32: the same numbers for the same seed, on every thread and machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed | 1, 0x9e3779b1) | 1;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }

  /** True in `share` of the cases. */
  chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** A size up to `limit`, small ones far more often than large ones. */
  size(limit: number): number {
    return Math.floor(limit ** this.fraction() * this.fraction() * 2) % (limit + 1);
  }
}
