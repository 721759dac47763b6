/**
 * What a workload needs of an allocator in JavaScript. A process runs one workload on one allocator,
 * so every call in a hot loop has one target, which V8 writes into the loop.
 */

/** An address, or an object that passes for one; 0 stands for no block in either case. */
export type Block = number;

/** The calls that are measured; hakmem's Heap is one as it stands. */
export interface Allocator {
  malloc(size: number): Block;
  calloc(count: number, size: number): Block;
  realloc(block: Block, size: number): Block;
  free(block: Block): void;
}

/** Reads and writes what is in blocks. A word has four bytes and is signed. */
export interface Memory {
  word(block: Block, index: number): number;
  setWord(block: Block, index: number, value: number): void;
  /** The word `beyond` words after `index`. V8 adds block and index once for several of one index. */
  wordAfter(block: Block, index: number, beyond: number): number;
  setWordAfter(block: Block, index: number, beyond: number, value: number): void;
  byte(block: Block, index: number): number;
  setByte(block: Block, index: number, value: number): void;
  /** The same block; an address as an unsigned number, which V8 does not know of what it calls. */
  plain(block: Block): Block;
  /** Sets so many bytes of it to zero. */
  clear(block: Block, bytes: number): void;
}

/** A list of blocks; for addresses a Uint32Array, since that is what they are. */
export interface Slots {
  readonly length: number;
  [index: number]: Block;
}

/** One allocator as one thread has it. */
export interface Instance extends Disposable {
  readonly heap: Allocator;
  readonly memory: Memory;
  /** What other threads attach by; undefined for an allocator that serves one thread only. */
  readonly handle?: unknown;
  readonly slots: (count: number) => Slots;
  /** Throws unless everything was freed and the allocator's own data are sound, if it can tell. */
  readonly check: () => void;
}

export interface InstanceOptions {
  /** Room for blocks; it is there from the start, so no view is ever out of date. */
  readonly bytes: number;
  readonly prewarm?: number;
  readonly threads: number;
  /** From the Instance of another thread. */
  readonly handle?: unknown;
}

/** An allocator of addresses in one buffer that has nothing to check and nothing to close. */
export function addressed(heap: Allocator, buffer: ArrayBufferLike): Instance {
  return {
    heap,
    memory: new AddressedMemory(new Int32Array(buffer), new Uint8Array(buffer)),
    slots: (count) => new Uint32Array(count),
    check: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

/** Memory of allocators whose blocks are addresses in one buffer. */
export class AddressedMemory implements Memory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #doubles: Float64Array;

  constructor(words: Int32Array, bytes: Uint8Array) {
    this.words = words;
    this.bytes = bytes;
    this.#doubles = new Float64Array(bytes.buffer, 0, bytes.length >>> 3);
  }

  word(block: Block, index: number): number {
    return this.words[((block >>> 2) + index) | 0];
  }

  setWord(block: Block, index: number, value: number): void {
    this.words[((block >>> 2) + index) | 0] = value;
  }

  wordAfter(block: Block, index: number, beyond: number): number {
    return this.words[((((block >>> 2) + index) | 0) + beyond) | 0];
  }

  setWordAfter(block: Block, index: number, beyond: number, value: number): void {
    this.words[((((block >>> 2) + index) | 0) + beyond) | 0] = value;
  }

  byte(block: Block, index: number): number {
    return this.bytes[block + index];
  }

  setByte(block: Block, index: number, value: number): void {
    this.bytes[block + index] = value;
  }

  plain(block: Block): Block {
    return block >>> 0;
  }

  /** By eight bytes at a time: in shared memory V8 fills element by element. */
  clear(block: Block, bytes: number): void {
    const whole = bytes & ~7;
    this.#doubles.fill(0, block >>> 3, (block + whole) >>> 3);
    this.bytes.fill(0, block + whole, block + bytes);
  }
}
