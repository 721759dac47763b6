/**
 * A stage for one death: a heap and the threads in it, all played by one JavaScript thread. Each
 * thread is an instance of the marked library of its own, so it attaches as a thread of its own, and
 * one that is killed leaves the heap's bytes as they are at that point.
 */
import type { Heap, HeapHandle, HeapOptions } from '../../src/index.js';
import type { Point } from './instrument.mjs';
import type * as Library from './library.js';

export type Kit = typeof Library;

/** The instances that play the threads. */
export interface Cast {
  /** Creates the heap, and cleans up at the end. */
  readonly keeper: Kit;
  /** Works beside the victim, before and after its death. */
  readonly peer: Kit;
  /** Dies at a chosen point. */
  readonly victim: Kit;
  /** Died before, in scenarios where the victim is about to clean up. */
  readonly former: Kit;
  /** What `instrument.mjs` marked, by number. */
  readonly points: readonly Point[];
}

/** What the call under way may have done to the blocks in use, if its thread dies in it. */
export interface Pending {
  /** One more block may be in use, whose address nobody was told. */
  readonly appears: boolean;
  /** This block may be gone already, or its contents may be. */
  readonly goes: number;
  /** Bytes of it that must be left where it is not gone; all where left out. */
  readonly keeps?: number;
}

/** What the test knows of the blocks in use; it survives the threads. */
export interface Ledger {
  /** Sizes of the blocks in use, by address. */
  readonly live: Map<number, number>;
  pending: Pending[];
}

export interface StageOptions extends HeapOptions {
  /** Bytes of a growable heap's maximum, or of a fixed one. */
  readonly maximumBytes: number;
}

export class Stage {
  readonly keeper: Hand;
  readonly peer: Hand;
  readonly ledger: Ledger = { live: new Map(), pending: [] };
  /** Addresses that a scenario passes from its preparation to the act. */
  readonly blocks: number[] = [];
  readonly handle: HeapHandle;
  #victim: Hand | undefined;

  constructor(
    readonly cast: Cast,
    readonly options: StageOptions,
  ) {
    const heap = cast.keeper.Heap.create({ maxThreads: 6, prewarm: 0, ...options });
    this.handle = heap.handle;
    this.keeper = new Hand(heap, this.ledger);
    this.peer = this.enter('peer');
  }

  /** Attaches a thread. */
  enter(role: 'keeper' | 'peer' | 'victim' | 'former', prewarm = 0): Hand {
    return new Hand(this.cast[role].Heap.attach(this.handle, { prewarm }), this.ledger);
  }

  get victim(): Hand {
    return (this.#victim ??= this.enter('victim'));
  }

  /** The victim's Heap is dropped without a word, as its thread ended. */
  bury(): void {
    if (this.#victim) silence(this.#victim.heap);
  }
}

/** Keeps a Heap whose thread is dead from detaching when the garbage collector finds it. */
export function silence(heap: Heap): void {
  heap['core'].thread = -1;
}

/** A thread's Heap with every block in the ledger, and each call that is under way. */
export class Hand {
  constructor(
    readonly heap: Heap,
    private readonly ledger: Ledger,
  ) {}

  /** 0 when the heap is exhausted, like the functions below. */
  malloc(size: number): number {
    return this.appear(size, () => this.heap.malloc(size), this.mayStay);
  }

  calloc(size: number): number {
    return this.appear(size, () => this.heap.calloc(1, size), this.mayStay);
  }

  memalign(alignment: number, size: number): number {
    return this.appear(size, () => this.heap.memalign(alignment, size), this.mayStay);
  }

  mallocAs(length: number): number {
    return this.appear(length * 8, () => this.heap.mallocAs(Float64Array, length).byteOffset);
  }

  callocAs(length: number): number {
    return this.appear(length, () => this.heap.callocAs(Uint8Array, length).byteOffset);
  }

  /** Several blocks at once; fewer when the heap is exhausted. */
  take(count: number, size: number): number[] {
    const ptrs: number[] = [];
    for (let i = 0; i < count; i++) {
      const ptr = this.malloc(size);
      if (ptr === 0) break;
      ptrs.push(ptr);
    }
    return ptrs;
  }

  free(ptr: number, target: number | ArrayBufferView = ptr): void {
    this.during({ appears: false, goes: ptr }, () => {
      this.heap.free(target);
    });
    this.ledger.live.delete(ptr);
  }

  freeAll(ptrs: readonly number[]): void {
    for (const ptr of ptrs) this.free(ptr);
  }

  realloc(ptr: number, size: number): number {
    const pending = { appears: true, goes: ptr, keeps: size };
    const moved = this.during(pending, () => this.heap.realloc(ptr, size));
    if (moved === 0) return 0;
    this.ledger.live.delete(ptr);
    this.note(moved, size);
    return moved;
  }

  /** What an arena needs of its heap, with its chunks in the ledger. */
  get host(): ConstructorParameters<Kit['Arena']>[0] {
    const { heap } = this;
    return {
      attached: heap.attached,
      u8: heap.u8,
      malloc: (size) => this.malloc(size),
      free: (ptr) => {
        this.free(ptr);
      },
      usableSize: (ptr) => heap.usableSize(ptr),
    };
  }

  /** Whether the block of a malloc that ended in the middle may be in use: in the debug build it is free. */
  private get mayStay(): boolean {
    return !isGuarded(this.heap);
  }

  private appear(size: number, call: () => number, appears = true): number {
    const ptr = this.during({ appears, goes: 0 }, call);
    if (ptr !== 0) this.note(ptr, size);
    return ptr;
  }

  private note(ptr: number, size: number): void {
    this.ledger.live.set(ptr, size);
    stamp(this.heap, ptr, size);
  }

  private during<T>(pending: Pending, call: () => T): T {
    this.ledger.pending.push(pending);
    try {
      const result = call();
      this.ledger.pending.pop();
      return result;
    } catch (error) {
      // A refused call is over; one in which the thread died stays under way.
      if (isRefusal(error)) this.ledger.pending.pop();
      throw error;
    }
  }
}

/** Whether this is a heap of the debug build. */
export function isGuarded(heap: Heap): boolean {
  return 'leaks' in heap;
}

/** Whether this is an error of the library, of whichever instance. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'HakmemError';
}

/** Marks a block's first and last word as its own; blocks of fewer than 8 bytes keep none. */
export function stamp(heap: Heap, ptr: number, size: number): void {
  if (size < 8) return;
  const { cells } = heap['core'];
  cells[ptr / 4] = ptr ^ 0x5bd1e995;
  cells[(ptr + size - 4) >>> 2] = ptr ^ 0x1b873593;
}

/** Whether a block still has the words that `stamp` wrote. */
export function isWhole(heap: Heap, ptr: number, size: number): boolean {
  if (size < 8) return true;
  const last = heap['core'].cells[(ptr + size - 4) >>> 2];
  return beginsWhole(heap, ptr) && last === (ptr ^ 0x1b873593);
}

/** Whether a block still has the first word that `stamp` wrote. */
export function beginsWhole(heap: Heap, ptr: number): boolean {
  return heap['core'].cells[ptr / 4] === (ptr ^ 0x5bd1e995);
}
