/** One step of Marsaglia's xorshift32, as in bench/native/common.h. */
export function xorshift32(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x;
}

/** The same as a sequence. */
export class Xorshift32 {
  #state: number;

  /** Any seed but 0 starts a sequence of period 2^32 - 1; 0 is replaced by a constant. */
  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9 | 0;
  }

  /** The next 32 bits, unsigned. */
  next(): number {
    this.#state = xorshift32(this.#state);
    return this.#state >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** In [0, bound), for a bound that is small beside 2^32. */
  below(bound: number): number {
    return this.next() % bound;
  }
}

/** One well mixed 32-bit seed out of several small numbers (the finalizer of MurmurHash3). */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
