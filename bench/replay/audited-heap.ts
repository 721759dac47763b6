/**
 * The heap as a replay uses it: every block is filled with the pattern of its name and checked
 * before it is freed or moved, and every change of what is live is booked.
 */
import { type Heap } from '../../src/index.js';
import { type Board } from './board.js';
import { type Mismatch, nameOf, Painter } from './pattern.js';
import { describeName, type PlannedTrace, traceOfName } from './plan.js';

/** A block as its slot or a letter names it. */
export interface Block {
  readonly ptr: number;
  readonly size: number;
  readonly name: number;
}

/** The heap gave a block that it must not give, or changed one that it must not change. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}

const ALIGNMENT = 16;

export class AuditedHeap {
  readonly #heap: Heap;
  readonly #painter: Painter;
  readonly #traces: readonly PlannedTrace[];
  readonly #board: Board;

  constructor(heap: Heap, traces: readonly PlannedTrace[], board: Board) {
    this.#heap = heap;
    this.#painter = new Painter(heap);
    this.#traces = traces;
    this.#board = board;
  }

  malloc(size: number, name: number): number {
    const ptr = this.#given(this.#heap.malloc(size), size, name);
    this.#painter.fill(ptr, size, name);
    this.#board.book(traceOfName(this.#traces, name), size, 1);
    return ptr;
  }

  calloc(size: number, name: number): number {
    const ptr = this.#given(this.#heap.calloc(1, size), size, name);
    const dirty = this.#painter.checkZero(ptr, size);
    if (dirty !== undefined)
      this.#fail('calloc gave a block that is not zero', ptr, size, name, dirty);
    this.#painter.fill(ptr, size, name);
    this.#board.book(traceOfName(this.#traces, name), size, 1);
    return ptr;
  }

  realloc(old: Block, size: number, name: number): number {
    this.#check(old.ptr, old.size, old.name, 'before realloc');
    const ptr = this.#given(this.#heap.realloc(old.ptr, size), size, name);
    this.#check(ptr, Math.min(old.size, size), old.name, 'after realloc');
    this.#painter.fill(ptr, size, name);
    this.#board.book(traceOfName(this.#traces, name), size - old.size, 0);
    return ptr;
  }

  free(ptr: number, size: number, name: number): void {
    this.#check(ptr, size, name, 'before free');
    this.#heap.free(ptr);
    this.#board.book(traceOfName(this.#traces, name), -size, -1);
  }

  #given(ptr: number, size: number, name: number): number {
    if (ptr === 0) {
      throw new ReplayError(
        `the heap is exhausted at ${this.#describe(name)}; it may grow further with --max`,
      );
    }
    if (ptr % ALIGNMENT !== 0 || this.#heap.usableSize(ptr) < size) {
      throw new ReplayError(
        `${this.#describe(name)} got a block at ${hex(ptr)} that is misaligned or too small`,
      );
    }
    return ptr;
  }

  #check(ptr: number, size: number, name: number, when: string): void {
    const mismatch = this.#painter.check(ptr, size, name);
    if (mismatch !== undefined) this.#fail(`wrong contents ${when}`, ptr, size, name, mismatch);
  }

  #fail(what: string, ptr: number, size: number, name: number, mismatch: Mismatch): never {
    const { offset, expected, found } = mismatch;
    const writer = describeName(this.#traces, nameOf(found));
    throw new ReplayError(
      `${what}: block ${hex(ptr)} of ${this.#describe(name)}, ${size} bytes, ` +
        `holds ${hex(found)} at byte ${offset} instead of ${hex(expected)}` +
        (writer === undefined ? '' : `, which is the pattern of ${writer}`),
    );
  }

  #describe(name: number): string {
    return describeName(this.#traces, name) ?? `event ${name}`;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
