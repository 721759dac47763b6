/**
 * Crew: the workers of one round of a soak in one heap, of which random ones are terminated and
 * replaced, and whose dead are reclaimed by watch, by hand and by each other.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { R_STATE } from '../../src/base/offsets.js';
import type { Heap } from '../../src/index.js';
import { checkAfterReclaim, reclaimAllBut } from '../kill/aftermath.js';
import { hasPattern } from '../support/pattern.js';
import type { Parcel } from '../support/agent-protocol.js';
import type { Random } from '../support/random.js';
import { type Faults, NO_FAULTS } from './faults.js';
import type { SoakData } from './soak.worker.js';
import { FIGURES, type Figure, Yard } from './yard.js';

export interface CrewOptions {
  /** The bundled `soak.worker.ts`. */
  readonly entry: URL;
  readonly workers: number;
  /** The largest block asked for, in bytes. */
  readonly limit: number;
  /** Milliseconds between two kills, at most; 0 for none. */
  readonly killEvery: number;
  readonly faults?: Faults;
}

export interface CrewFigures extends Record<Figure, number> {
  kills: number;
  reclaimedByWatch: number;
  reclaimedByHand: number;
  /** Blocks in use that no account names: those of calls that a death cut short, at most two each. */
  inFlight: number;
}

interface Member {
  readonly worker: Worker;
  readonly watched: boolean;
  readonly ended: Promise<unknown>;
}

/** No soak waits this long for a worker that works. */
const STALLED_MS = 60_000;
/** What counts of the time between two looks, at most: this process may have been stopped meanwhile. */
const LOOK_MS = 1000;

export class Crew {
  readonly figures: CrewFigures;
  readonly #yard: Yard;
  readonly #members: Member[] = [];
  #problem: string | undefined;

  constructor(
    readonly heap: Heap,
    private readonly options: CrewOptions,
    private readonly random: Random,
  ) {
    this.#yard = Yard.for(options.workers);
    const counts = Object.fromEntries(FIGURES.map((name) => [name, 0])) as Record<Figure, number>;
    const none = { kills: 0, reclaimedByWatch: 0, reclaimedByHand: 0, inFlight: 0 };
    this.figures = { ...counts, ...none };
  }

  /** Works for a time, ends all workers, and checks that nothing is lost. @throws Error with what is */
  async work(milliseconds: number): Promise<CrewFigures> {
    const end = performance.now() + milliseconds;
    for (let index = 0; index < this.options.workers; index++) this.join(index);
    let seen = -1;
    let stalled = 0;
    let looked = performance.now();
    while (looked < end) {
      await this.pause();
      if (this.options.killEvery > 0) await this.kill(this.random.below(this.options.workers));
      if (this.#problem !== undefined) throw new Error(this.#problem);
      const operations = this.sum('operations');
      const now = performance.now();
      stalled = operations === seen ? stalled + Math.min(now - looked, LOOK_MS) : 0;
      if (stalled > STALLED_MS) throw new Error('no worker makes progress');
      seen = operations;
      looked = now;
    }
    await this.endAll();
    this.settle();
    return this.figures;
  }

  sum(figure: Figure): number {
    let sum = 0;
    for (let index = 0; index < this.options.workers; index++) {
      sum += this.#yard.account(index).figure(figure);
    }
    return sum;
  }

  private pause(): Promise<void> {
    const { killEvery } = this.options;
    const milliseconds = killEvery > 0 ? this.random.below(killEvery) : 100;
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  private join(index: number): void {
    const { heap, options, random } = this;
    const worker = new Worker(options.entry, {
      workerData: {
        handle: heap.handle,
        yard: this.#yard.buffer,
        index,
        seed: random.below(2 ** 30),
        limit: options.limit,
        faults: options.faults ?? NO_FAULTS,
      } satisfies SoakData,
    });
    const fail = (problem: unknown): void => {
      this.#problem ??= String(problem);
    };
    worker.once('message', fail);
    worker.once('error', (error) => {
      fail(error.stack);
    });
    const watched = random.chance(0.4);
    if (watched) heap.watch(worker);
    this.#members[index] = { worker, watched, ended: once(worker, 'exit').catch(fail) };
  }

  private async kill(index: number): Promise<void> {
    const { worker, watched, ended } = this.#members[index]!;
    const account = this.#yard.account(index);
    const osThread = worker.threadId + 1;
    await worker.terminate();
    await ended;
    this.figures.kills++;
    if (watched) this.figures.reclaimedByWatch++;
    else this.cleanUpAfter(account.threadId, osThread);
    this.#yard.settleBoxes(index);
    // The dead thread's blocks are whole, so nobody else was given their memory.
    for (const parcel of account.drain()) this.release(parcel);
    this.join(index);
  }

  /** Reclaims by hand, through a worker, or as `watch` does where the thread's number is unknown. */
  private cleanUpAfter(threadId: number, osThread: number): void {
    const { heap } = this;
    if (threadId < 0) {
      heap['reclaimOf'](osThread);
      return;
    }
    if (this.random.chance(0.6) && this.#yard.request(threadId, this.stateOf(threadId))) return;
    heap.reclaim(threadId);
    this.figures.reclaimedByHand++;
  }

  private stateOf(threadId: number): number {
    const { cells, geometry } = this.heap['core'];
    const record = geometry.records + threadId * geometry.recordCells;
    return Atomics.load(cells, record + R_STATE);
  }

  private release({ ptr, size, tag }: Parcel): void {
    if (tag !== 0 && !hasPattern(this.heap, ptr, size, tag)) {
      throw new Error(`the contents of ${ptr} (${size} bytes) have changed`);
    }
    this.heap.free(ptr);
  }

  private async endAll(): Promise<void> {
    this.#yard.stop();
    await Promise.all(this.#members.map(({ ended }) => ended));
    if (this.#problem !== undefined) throw new Error(this.#problem);
  }

  private settle(): void {
    const { heap, figures } = this;
    for (const name of FIGURES) figures[name] = this.sum(name);
    for (let index = 0; index < this.options.workers; index++) {
      for (const parcel of this.#yard.account(index).drain()) this.release(parcel);
    }
    for (const parcel of this.#yard.drainBoxes()) this.release(parcel);
    reclaimAllBut(heap, [heap.threadId]);
    figures.inFlight = [...heap.blocks()].length;
    const pending = new Array(2 * figures.kills).fill({ appears: true, goes: 0 });
    checkAfterReclaim(heap, { live: new Map(), pending }, [], true);
  }
}
