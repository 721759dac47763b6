import type { Parcel } from './agent-protocol.js';

const PUSHED = 0;
const TAKEN = 1;
const HEAD_WORDS = 2;
const PARCEL_WORDS = 3;

/**
 * A queue of blocks in shared memory from one thread to one other: only the sender pushes, only
 * the receiver takes. Contents that the sender wrote before pushing are there when it is taken.
 */
export class Ring {
  readonly #cells: Int32Array;
  readonly #words: Uint32Array;
  readonly #capacity: number;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#capacity = (this.#words.length - HEAD_WORDS) / PARCEL_WORDS;
  }

  static withRoomFor(parcels: number): Ring {
    return new Ring(new SharedArrayBuffer(4 * (HEAD_WORDS + PARCEL_WORDS * parcels)));
  }

  /** False when the ring is full. */
  push({ ptr, size, tag }: Parcel): boolean {
    const pushed = this.#cells[PUSHED]!;
    if (pushed - Atomics.load(this.#cells, TAKEN) === this.#capacity) return false;
    const word = this.#wordOf(pushed);
    this.#words[word] = ptr;
    this.#words[word + 1] = size;
    this.#words[word + 2] = tag;
    Atomics.store(this.#cells, PUSHED, pushed + 1);
    return true;
  }

  /** The next block in order, if there is one at the moment. */
  take(): Parcel | undefined {
    const taken = this.#cells[TAKEN]!;
    if (Atomics.load(this.#cells, PUSHED) === taken) return undefined;
    const word = this.#wordOf(taken);
    const parcel = {
      ptr: this.#words[word]!,
      size: this.#words[word + 1]!,
      tag: this.#words[word + 2]!,
    };
    Atomics.store(this.#cells, TAKEN, taken + 1);
    return parcel;
  }

  #wordOf(count: number): number {
    return HEAD_WORDS + (count % this.#capacity) * PARCEL_WORDS;
  }
}
