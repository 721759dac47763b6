/**
 * The counters that all threads of a run share: who has arrived and who is done, what is live, how
 * far each recorded thread is. All cells are atomic, but for the progress of each lane, which its
 * worker alone writes and which may be read a moment late.
 */
const ARRIVED = 0;
const ACTIVE_LANES = 1;
const IS_STOPPED = 2;
const HEADER_WORDS = 16;

/** Per account: live bytes, their peak, live blocks, lanes that still run. */
const ACCOUNT_WORDS = 4;
const LIVE_BYTES = 0;
const PEAK_BYTES = 1;
const LIVE_BLOCKS = 2;
const LANES_LEFT = 3;

/** How long a thread may sleep before it looks whether the run was stopped. */
const NAP_MS = 50;

/** Message of the error that ends a worker because something failed elsewhere, which is reported. */
export const STOPPED_MESSAGE = 'stopped, because something failed elsewhere';

export interface BoardBuffers {
  readonly traces: number;
  readonly words: SharedArrayBuffer;
}

export class Board {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #traces: number;
  readonly #progress: number;

  static create(traces: number, lanesOfTrace: readonly number[]): BoardBuffers {
    const lanes = lanesOfTrace.reduce((sum, count) => sum + count, 0);
    const accounts = HEADER_WORDS + (traces + 1) * ACCOUNT_WORDS;
    const buffers = { traces, words: new SharedArrayBuffer((accounts + lanes) * 4) };
    const words = new Int32Array(buffers.words);
    words[ACTIVE_LANES] = lanes;
    lanesOfTrace.forEach((count, trace) => (words[accountOf(trace) + LANES_LEFT] = count));
    return buffers;
  }

  constructor(buffers: BoardBuffers) {
    this.#words = new Int32Array(buffers.words);
    this.#traces = buffers.traces;
    this.#progress = HEADER_WORDS + (buffers.traces + 1) * ACCOUNT_WORDS;
  }

  /** Waits until `workers` threads are here, so that all start together. */
  arrive(workers: number): void {
    Atomics.add(this.#words, ARRIVED, 1);
    Atomics.notify(this.#words, ARRIVED);
    for (;;) {
      const arrived = Atomics.load(this.#words, ARRIVED);
      if (arrived >= workers) return;
      this.throwIfStopped();
      Atomics.wait(this.#words, ARRIVED, arrived, NAP_MS);
    }
  }

  stop(): void {
    Atomics.store(this.#words, IS_STOPPED, 1);
  }

  throwIfStopped(): void {
    if (Atomics.load(this.#words, IS_STOPPED) !== 0) throw new Error(STOPPED_MESSAGE);
  }

  /** True while any lane may still hand blocks over. */
  get anyLaneActive(): boolean {
    return Atomics.load(this.#words, ACTIVE_LANES) > 0;
  }

  /** True for the last lane of its trace: all others of the trace are behind their last event. */
  isLastLane(trace: number): boolean {
    return Atomics.sub(this.#words, accountOf(trace) + LANES_LEFT, 1) === 1;
  }

  laneDone(): void {
    Atomics.sub(this.#words, ACTIVE_LANES, 1);
  }

  /** Books a change of what is live in the trace and in the heap as a whole. */
  book(trace: number, bytes: number, blocks: number): void {
    this.#book(accountOf(trace), bytes, blocks);
    this.#book(accountOf(this.#traces), bytes, blocks);
  }

  #book(account: number, bytes: number, blocks: number): void {
    const words = this.#words;
    if (blocks !== 0) Atomics.add(words, account + LIVE_BLOCKS, blocks);
    if (bytes === 0) return;
    const live = (Atomics.add(words, account + LIVE_BYTES, bytes) + bytes) >>> 0;
    if (bytes < 0) return;
    let peak = Atomics.load(words, account + PEAK_BYTES);
    while (live > peak >>> 0) {
      const seen = Atomics.compareExchange(words, account + PEAK_BYTES, peak, live);
      if (seen === peak) return;
      peak = seen;
    }
  }

  /** Highest sum of requested sizes so far: exact, not sampled. */
  peakBytes(trace: number): number {
    return Atomics.load(this.#words, accountOf(trace) + PEAK_BYTES) >>> 0;
  }

  get heapPeakBytes(): number {
    return this.peakBytes(this.#traces);
  }

  liveBlocks(trace: number): number {
    return Atomics.load(this.#words, accountOf(trace) + LIVE_BLOCKS);
  }

  report(lane: number, events: number): void {
    this.#words[this.#progress + lane] = events;
  }

  eventsOf(lane: number): number {
    return this.#words[this.#progress + lane];
  }
}

function accountOf(trace: number): number {
  return HEADER_WORDS + trace * ACCOUNT_WORDS;
}
