import { HakmemError, Heap, type HeapHandle } from '../../src/index.js';
import type { Parcel } from './agent-protocol.js';
import { Barrier } from './barrier.js';
import { fillPattern, hasPattern, isZero } from './pattern.js';
import { Random } from './random.js';
import { Ring } from './ring.js';

export interface ProgramData {
  readonly handle: HeapHandle;
  readonly index: number;
  /** Rings to this worker from each worker, and from this worker to each. */
  readonly inboxes: readonly SharedArrayBuffer[];
  readonly outboxes: readonly SharedArrayBuffer[];
  /** A cell for each worker that is 1 when it sends no more. */
  readonly finished: SharedArrayBuffer;
  readonly barrier: SharedArrayBuffer;
  readonly steps: number;
  readonly limit: number;
  readonly seed: number;
}

export interface ProgramAnswer {
  /** What went wrong, in words; empty when nothing did. */
  readonly problems: readonly string[];
  /** Blocks that this worker leaves in use for somebody else to check and free. */
  readonly left: readonly Parcel[];
  readonly received: number;
}

const MOST_LIVE = 400;
const LEFT_SHARE = 0.1;

/**
 * One worker of a random program on one heap: it allocates, resizes and frees blocks, and gives
 * them away to the other workers, which from then on own them.
 */
export class SharedProgram {
  readonly #data: ProgramData;
  readonly #heap: Heap;
  readonly #random: Random;
  readonly #inboxes: readonly Ring[];
  readonly #outboxes: readonly Ring[];
  readonly #finished: Int32Array;
  readonly #own: Parcel[] = [];
  readonly #problems: string[] = [];
  #received = 0;
  #nextTag: number;

  constructor(data: ProgramData) {
    this.#data = data;
    this.#heap = Heap.attach(data.handle);
    this.#random = new Random(data.seed);
    this.#inboxes = data.inboxes.map((buffer) => new Ring(buffer));
    this.#outboxes = data.outboxes.map((buffer) => new Ring(buffer));
    this.#finished = new Int32Array(data.finished);
    this.#nextTag = data.index * 1_000_000_000;
  }

  run(): ProgramAnswer {
    new Barrier(this.#data.barrier).wait();
    for (let step = 0; step < this.#data.steps; step++) {
      this.#step();
      this.#receive();
    }
    Atomics.store(this.#finished, this.#data.index, 1);
    while (!this.#othersFinished()) this.#receive();
    this.#receive();

    const left = this.#own.filter(() => this.#random.chance(LEFT_SHARE));
    const kept = new Set(left);
    for (const parcel of this.#own) if (!kept.has(parcel)) this.#free(parcel);
    this.#heap.detach();
    return { problems: this.#problems, left, received: this.#received };
  }

  #step(): void {
    const choice = this.#random.below(100);
    if (this.#own.length === 0 || (choice < 45 && this.#own.length < MOST_LIVE)) this.#allocate();
    else if (choice < 65) this.#free(this.#takeAny());
    else if (choice < 75) this.#resize(this.#takeAny());
    else if (choice < 96) this.#giveAway(this.#takeAny());
    else if (choice < 98) this.#misuse();
    else this.#heap.flush();
  }

  #allocate(): void {
    const size = this.#random.size(this.#data.limit);
    const kind = this.#random.below(10);
    let ptr: number;
    if (kind < 7) ptr = this.#heap.malloc(size);
    else if (kind < 9) ptr = this.#heap.calloc(1, size);
    else ptr = this.#heap.memalign(2 ** this.#random.below(17), size);
    if (ptr === 0) return;
    if ((kind === 7 || kind === 8) && !isZero(this.#heap, ptr, size)) {
      this.#problems.push(`calloc of ${size} bytes at ${ptr} is not zero`);
    }
    this.#own.push(this.#marked(ptr, size));
  }

  #resize(parcel: Parcel): void {
    const size = this.#random.size(this.#data.limit);
    const ptr = this.#heap.realloc(parcel.ptr, size);
    if (ptr === 0) {
      this.#own.push(parcel);
      return;
    }
    const kept = Math.min(size, parcel.size);
    if (!hasPattern(this.#heap, ptr, kept, parcel.tag, parcel.size)) {
      this.#problems.push(`realloc from ${parcel.ptr} to ${ptr} lost contents`);
    }
    this.#own.push(this.#marked(ptr, size));
  }

  #free(parcel: Parcel): void {
    this.#expectWhole(parcel);
    this.#heap.free(parcel.ptr);
  }

  #giveAway(parcel: Parcel): void {
    const to = this.#random.below(this.#outboxes.length);
    if (to === this.#data.index || !this.#outboxes[to]!.push(parcel)) this.#own.push(parcel);
  }

  /** A number inside of a block is refused at any moment, whatever the others do. */
  #misuse(): void {
    const { ptr } = this.#own[this.#random.below(this.#own.length)]!;
    if (this.#heap.owns(ptr + 8)) this.#problems.push(`owns ${ptr + 8}, which is inside a block`);
    try {
      this.#heap.free(ptr + 8);
      this.#problems.push(`freed ${ptr + 8}, which is inside a block`);
    } catch (error) {
      if (!(error instanceof HakmemError && error.code === 'ERR_INVALID_POINTER')) throw error;
    }
  }

  #receive(): void {
    for (const inbox of this.#inboxes) {
      for (let parcel = inbox.take(); parcel !== undefined; parcel = inbox.take()) {
        this.#received += 1;
        this.#expectWhole(parcel);
        this.#own.push(parcel);
      }
    }
  }

  #expectWhole({ ptr, size, tag }: Parcel): void {
    if (!this.#heap.owns(ptr)) this.#problems.push(`does not own ${ptr}, which is in use`);
    if (!hasPattern(this.#heap, ptr, size, tag)) {
      this.#problems.push(`the contents of ${ptr} (${size} bytes) have changed`);
    }
  }

  #marked(ptr: number, size: number): Parcel {
    const tag = this.#nextTag++;
    fillPattern(this.#heap, ptr, size, tag);
    return { ptr, size, tag };
  }

  #takeAny(): Parcel {
    const [parcel] = this.#own.splice(this.#random.below(this.#own.length), 1);
    return parcel!;
  }

  /** Whoever has finished has sent all it ever will. */
  #othersFinished(): boolean {
    return this.#finished.every((_, index) => Atomics.load(this.#finished, index) === 1);
  }
}
