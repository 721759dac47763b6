/**
 * A small random program that uses a heap well, but for one misuse planted in it. The same seed gives
 * the same program in every build; it runs on one thread and tells what came of it.
 */
import type { Heap } from '../../../src/index.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { Random } from '../../support/random.js';

export const kinds = [
  'double free',
  'double free after others',
  'double free by realloc',
  'double free by a view',
  'free of an inner pointer',
  'free of an odd pointer',
  'write behind the end',
  'write far behind the end',
  'write after free',
  'late write after free',
  'write into the freed first word',
  'use of a stale pointer after realloc',
] as const;

export type Kind = (typeof kinds)[number];

/** When a planted misuse showed: in an error of a call, in `verify`, as broken contents, or never. */
export type Outcome = 'error' | 'verify' | 'contents' | 'unseen';

interface Owned {
  readonly ptr: number;
  readonly size: number;
  readonly tag: number;
}

const STEPS = 240;
const MOST = 40;
/** Steps between the two halves of a misuse that has two. */
const LATER = 100;

export class Program {
  readonly kind: Kind;
  readonly #random: Random;
  readonly #own: Owned[] = [];
  #broken = false;

  constructor(
    readonly heap: Heap,
    readonly seed: number,
  ) {
    this.#random = new Random(seed * 2654435761 + 1);
    this.kind = kinds[seed % kinds.length]!;
  }

  /** Runs to the end, or to the first error of a call, which is thrown. */
  run(): Outcome {
    const at = 60 + this.#random.below(60);
    let rest: () => void = () => undefined;
    for (let step = 0; step < STEPS; step++) {
      if (step === at) rest = this.#plant();
      if (step === at + LATER) rest();
      this.#step();
    }
    const { ok } = this.heap.verify();
    if (!ok) return 'verify';
    for (const block of this.#own.splice(0)) this.#free(block);
    this.heap.flush();
    if (!this.heap.verify().ok) return 'verify';
    return this.#broken ? 'contents' : 'unseen';
  }

  #step(): void {
    if (this.#own.length < 4 || (this.#own.length < MOST && this.#random.chance(0.5))) {
      this.#malloc();
    } else {
      this.#free(this.#take());
    }
  }

  #malloc(): Owned {
    const size = this.#random.chance(0.03) ? 300_000 : this.#random.size(6000);
    const ptr = this.heap.malloc(size);
    const block = { ptr, size, tag: ptr ^ size };
    fillPattern(this.heap, ptr, size, block.tag);
    this.#own.push(block);
    return block;
  }

  #take(): Owned {
    return this.#own.splice(this.#random.below(this.#own.length), 1)[0]!;
  }

  #free({ ptr, size, tag }: Owned): void {
    if (!hasPattern(this.heap, ptr, size, tag)) this.#broken = true;
    this.heap.free(ptr);
  }

  /** A small block of its own kind, such as the plant needs. */
  #victim(least = 8): Owned {
    const size = least + this.#random.below(400);
    const ptr = this.heap.malloc(size);
    const block = { ptr, size, tag: ptr ^ size };
    fillPattern(this.heap, ptr, size, block.tag);
    return block;
  }

  /** Does the first half of the misuse, and returns the second. */
  #plant(): () => void {
    const { heap } = this;
    const { ptr, size } = this.#victim();
    const flip = (address: number): void => {
      heap.u8[address]! ^= 0x5a;
    };
    switch (this.kind) {
      case 'double free':
        heap.free(ptr);
        heap.free(ptr);
        break;
      case 'double free after others':
        heap.free(ptr);
        return () => heap.free(ptr);
      case 'double free by realloc':
        heap.free(ptr);
        return () => void heap.realloc(ptr, size + 1000);
      case 'double free by a view': {
        const view = heap.mallocAs(Uint16Array, 40);
        heap.free(view);
        heap.free(ptr);
        return () => heap.free(view);
      }
      case 'free of an inner pointer':
        heap.free(ptr + 16 * (1 + this.#random.below(Math.max(1, (size >>> 4) - 1))));
        break;
      case 'free of an odd pointer':
        heap.free(ptr + 1 + this.#random.below(7));
        break;
      case 'write behind the end':
        flip(ptr + size);
        return () => heap.free(ptr);
      case 'write far behind the end':
        for (let i = 0; i < 40; i++) flip(ptr + size + i);
        return () => heap.free(ptr);
      case 'write after free':
        heap.free(ptr);
        flip(ptr + this.#random.below(size));
        break;
      case 'late write after free':
        heap.free(ptr);
        return () => flip(ptr + this.#random.below(size));
      case 'write into the freed first word':
        heap.free(ptr);
        return () => flip(ptr);
      case 'use of a stale pointer after realloc': {
        const moved = heap.realloc(ptr, size + 8000);
        flip(ptr + this.#random.below(size));
        return () => heap.free(moved);
      }
    }
    return () => undefined;
  }
}
