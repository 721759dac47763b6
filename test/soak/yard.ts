/**
 * Yard: the shared memory of a soak, beside the heap. It says which worker has which blocks, so that
 * a worker's end at any moment leaves a true account, and it holds the boxes in which blocks wait to
 * change hands.
 *
 * Each change is one straight line. V8 may end a thread in it only where it calls Atomics: before the
 * first call nothing has changed, before the last one all but the box's state.
 */
import type { Parcel } from '../support/agent-protocol.js';

/** What a worker counts; the sums are the soak's figures. */
export const FIGURES = [
  'operations',
  'handovers',
  'exhausted',
  'growthsRefused',
  'detaches',
  'arenas',
  'pauses',
  'clockJumps',
  'reclaims',
] as const;
export type Figure = (typeof FIGURES)[number];

const STOP = 0;
/** A dead thread's number plus one that any worker may reclaim, and its record's word. */
const REQUEST = 1;
const REQUEST_STATE = 2;
const HEAD = 16;

const THREAD = 0;
const FIRST_FIGURE = 1;
const WORKER_HEAD = 16;
/** Blocks that one worker has at a time. */
export const ENTRIES = 192;
const BOXES = 256;
/** Of an entry: address, bytes, tag of the contents (0 while there are none). */
const ENTRY = 3;
/** Of a box: its state, then an entry. */
const BOX = 4;
const WORKER = WORKER_HEAD + ENTRIES * ENTRY;

const EMPTY = 0;
const FILLING = 1;
const FULL = 2;
const EMPTYING = 3;

/** The state of a box that a worker has in its hands. */
const heldBy = (worker: number, state: number): number => state | ((worker + 1) << 4);

export class Yard {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.cells = new Int32Array(buffer);
  }

  static for(workers: number): Yard {
    return new Yard(new SharedArrayBuffer(4 * (HEAD + BOXES * BOX + workers * WORKER)));
  }

  get stopped(): boolean {
    return Atomics.load(this.cells, STOP) === 1;
  }

  stop(): void {
    Atomics.store(this.cells, STOP, 1);
  }

  /** Asks any worker to reclaim a dead thread whose record has this word; false if one is asked. */
  request(threadId: number, state: number): boolean {
    if (Atomics.load(this.cells, REQUEST) !== 0) return false;
    this.cells[REQUEST_STATE] = state;
    Atomics.store(this.cells, REQUEST, threadId + 1);
    return true;
  }

  /** The thread that waits to be reclaimed, for one worker only. */
  takeRequest(): { threadId: number; state: number } | undefined {
    const waiting = Atomics.load(this.cells, REQUEST);
    if (waiting === 0) return undefined;
    const state = this.cells[REQUEST_STATE]!;
    if (Atomics.compareExchange(this.cells, REQUEST, waiting, 0) !== waiting) return undefined;
    return { threadId: waiting - 1, state };
  }

  account(worker: number): Account {
    return new Account(this.cells, worker);
  }

  /** Finishes what a worker was doing with a box when it ended. */
  settleBoxes(worker: number): void {
    for (let box = HEAD; box < HEAD + BOXES * BOX; box += BOX) {
      const state = Atomics.load(this.cells, box);
      if (state === heldBy(worker, FILLING)) Atomics.store(this.cells, box, FULL);
      else if (state === heldBy(worker, EMPTYING)) Atomics.store(this.cells, box, EMPTY);
    }
  }

  /** The contents of every box; the workers have ended. */
  drainBoxes(): Parcel[] {
    const parcels: Parcel[] = [];
    for (let box = HEAD; box < HEAD + BOXES * BOX; box += BOX) {
      if (this.cells[box] === FULL) parcels.push(parcelAt(this.cells, box + 1));
      else if (this.cells[box] !== EMPTY) throw new Error('a box is in the hands of nobody');
      this.cells[box] = EMPTY;
    }
    return parcels;
  }
}

/** What one worker has; its worker writes it, and whoever comes after its end reads it. */
export class Account {
  private readonly start: number;

  constructor(
    private readonly cells: Int32Array<SharedArrayBuffer>,
    private readonly worker: number,
  ) {
    this.start = HEAD + BOXES * BOX + worker * WORKER;
  }

  /** The worker's thread in the heap; -1 while it attaches, detaches or has none. */
  get threadId(): number {
    return Atomics.load(this.cells, this.start + THREAD) - 1;
  }

  set threadId(threadId: number) {
    Atomics.store(this.cells, this.start + THREAD, threadId + 1);
  }

  count(figure: Figure): void {
    this.cells[this.start + FIRST_FIGURE + FIGURES.indexOf(figure)]!++;
  }

  figure(figure: Figure): number {
    return this.cells[this.start + FIRST_FIGURE + FIGURES.indexOf(figure)]!;
  }

  at(index: number): Parcel {
    return parcelAt(this.cells, this.start + WORKER_HEAD + index * ENTRY);
  }

  /** Notes a block; with tag 0 nothing is known of its contents. */
  set(index: number, ptr: number, size: number, tag: number): void {
    const entry = this.start + WORKER_HEAD + index * ENTRY;
    this.cells[entry + 2] = 0;
    this.cells[entry + 1] = size;
    this.cells[entry] = ptr;
    this.cells[entry + 2] = tag;
  }

  clear(index: number): void {
    this.cells[this.start + WORKER_HEAD + index * ENTRY] = 0;
  }

  /** An entry without a block, from a place on; -1 when there is none. */
  free(from: number): number {
    for (let i = 0; i < ENTRIES; i++) {
      const index = (from + i) % ENTRIES;
      if (this.at(index).ptr === 0) return index;
    }
    return -1;
  }

  /** Moves a block into a box; false when there is one in it. */
  give(index: number, box: number): boolean {
    const { cells } = this;
    const entry = this.start + WORKER_HEAD + index * ENTRY;
    const to = HEAD + (box % BOXES) * BOX;
    const filling = heldBy(this.worker, FILLING);
    if (Atomics.compareExchange(cells, to, EMPTY, filling) !== EMPTY) return false;
    cells[to + 1] = cells[entry]!;
    cells[to + 2] = cells[entry + 1]!;
    cells[to + 3] = cells[entry + 2]!;
    cells[entry] = 0;
    Atomics.store(cells, to, FULL);
    return true;
  }

  /** Moves the block of a box to an entry; false when the box is empty. */
  take(index: number, box: number): boolean {
    const { cells } = this;
    const entry = this.start + WORKER_HEAD + index * ENTRY;
    const from = HEAD + (box % BOXES) * BOX;
    const emptying = heldBy(this.worker, EMPTYING);
    if (Atomics.compareExchange(cells, from, FULL, emptying) !== FULL) return false;
    cells[entry + 2] = cells[from + 3]!;
    cells[entry + 1] = cells[from + 2]!;
    cells[entry] = cells[from + 1]!;
    Atomics.store(cells, from, EMPTY);
    return true;
  }

  /** Every block noted here, which is forgotten with it; the worker has ended. */
  drain(): Parcel[] {
    const parcels: Parcel[] = [];
    for (let index = 0; index < ENTRIES; index++) {
      const parcel = this.at(index);
      if (parcel.ptr !== 0) parcels.push(parcel);
      this.clear(index);
    }
    this.threadId = -1;
    return parcels;
  }
}

function parcelAt(cells: Int32Array, entry: number): Parcel {
  return { ptr: cells[entry]! >>> 0, size: cells[entry + 1]!, tag: cells[entry + 2]! };
}
