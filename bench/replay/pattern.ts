/**
 * What a replayed block holds: one 32-bit word, over and over, that only the block of this name
 * has. Names are the numbers of the events that filled the blocks, over all traces of the run, so
 * a word that does not belong into a block also says whose it is.
 */

/** The views of a heap that a pattern is written through; a growing heap hands out longer ones. */
export interface HeapViews {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
}

/** Odd, so that multiplying by it loses nothing, with its inverse modulo 2^32. */
const SPREAD = 0x9e3779b1;
const GATHER = 0x0e8b2f51;
const OFFSET = 0x68616b6d;

/** From here on `fill` beats a loop. */
const LONG_WORDS = 64;

export function patternOf(name: number): number {
  return (Math.imul(name, SPREAD) ^ OFFSET) >>> 0;
}

export function nameOf(pattern: number): number {
  return Math.imul(pattern ^ OFFSET, GATHER) >>> 0;
}

/** A word that is not what its block should hold. */
export interface Mismatch {
  readonly offset: number;
  readonly expected: number;
  readonly found: number;
}

/** Writes and checks patterns through views that follow the heap as it grows. */
export class Painter {
  readonly #heap: HeapViews;
  #u8: Uint8Array;
  #u32: Uint32Array;

  constructor(heap: HeapViews) {
    this.#heap = heap;
    this.#u8 = heap.u8;
    this.#u32 = heap.u32;
  }

  /** Fills `size` bytes at a 4-byte aligned `ptr`. */
  fill(ptr: number, size: number, name: number): void {
    this.#reach(ptr + size);
    const pattern = patternOf(name);
    const first = ptr >>> 2;
    const end = Math.floor((ptr + size) / 4);
    if (end - first > LONG_WORDS) this.#u32.fill(pattern, first, end);
    else for (let i = first; i < end; i++) this.#u32[i] = pattern;
    for (let i = end * 4; i < ptr + size; i++) this.#u8[i] = byteOf(pattern, i);
  }

  /** The first word that differs from the pattern, if any. */
  check(ptr: number, size: number, name: number): Mismatch | undefined {
    return this.#find(ptr, size, patternOf(name));
  }

  /** The first word that is not zero, if any. */
  checkZero(ptr: number, size: number): Mismatch | undefined {
    return this.#find(ptr, size, 0);
  }

  #find(ptr: number, size: number, expected: number): Mismatch | undefined {
    this.#reach(ptr + size);
    const u32 = this.#u32;
    const end = Math.floor((ptr + size) / 4);
    for (let i = ptr >>> 2; i < end; i++) {
      if (u32[i] !== expected) return { offset: i * 4 - ptr, expected, found: u32[i] };
    }
    for (let i = end * 4; i < ptr + size; i++) {
      const byte = byteOf(expected, i);
      if (this.#u8[i] !== byte) return { offset: i - ptr, expected: byte, found: this.#u8[i] };
    }
    return undefined;
  }

  #reach(end: number): void {
    if (end <= this.#u8.length) return;
    this.#u8 = this.#heap.u8;
    this.#u32 = this.#heap.u32;
  }
}

function byteOf(pattern: number, address: number): number {
  return (pattern >>> ((address & 3) * 8)) & 0xff;
}
