/**
 * The scheduler: runs the threads of a scenario as generators in one JavaScript thread, one at a
 * time, and asks a policy at each step who goes next.
 *
 * A step is an access to a shared cell. `point` is called before it; true makes the generator pause
 * there, and the access is noted when it takes place, after the thread was chosen again.
 *
 * A cell is hot once two threads of the scenario touched it and one of them wrote. An access to a
 * cell that is not hot commutes with every step of other threads, so a switch before it is the same
 * as a switch before the thread's next access to a hot cell, and policies that are exhaustive are
 * asked at those only. What is hot is learnt over all runs; `learnt` says that a run found a new one.
 */
import { Clocks } from './clocks.js';
import {
  ATOMIC_CHANGE,
  ATOMIC_CLAIM,
  ATOMIC_READ,
  isAtomic,
  isWrite,
  MOST_THREADS,
  PLAIN_WRITE,
} from './kinds.js';
import type { Memory } from './memory.js';

export type Steps = Generator<void, unknown, void>;

/** Decides who goes next. */
export interface Policy {
  /** Before an access: the thread that goes next, `thread` itself to go on. */
  step(thread: number, matters: boolean, runnable: number): number;
  /** Where V8 may end the thread: whether it dies here. Asked once for each change it made. */
  death(thread: number): boolean;
  /** A thread has ended: which of the others goes next. */
  next(runnable: number): number;
}

export interface Segment {
  thread: number;
  /** Steps or, when it died, edges that the thread had passed when it stopped; -1 at its end. */
  at: number;
  died: boolean;
}

/** Steps of one run after which it is called endless. */
const ENDLESS = 200_000;

export class Endless extends Error {}

class Scheduler {
  readonly clocks = new Clocks();
  memory!: Memory;
  /** Whether accesses to plain cells without a declared race are steps for exhaustive policies. */
  plainSteps = false;
  learnt = false;
  /** Told of every access when it takes place, when a schedule is looked at. */
  trace:
    ((thread: number, step: number, site: number, kind: number, cell: number) => void) | undefined;
  /** The simulated length of the buffer, in bytes, and where it starts in each run. */
  bytes = 0;
  benign: Uint8Array = new Uint8Array(0);

  private policy: Policy | undefined;
  private current = 0;
  private chosen = 0;
  private died = false;
  private total = 0;
  /** Threads that have not ended, as bits. */
  private runnable = 0;
  readonly steps = new Float64Array(MOST_THREADS);
  readonly edges = new Float64Array(MOST_THREADS);
  /** Edges of this run that a thread passed with something changed since its last one. */
  changes = 0;
  private readonly changed = new Uint8Array(MOST_THREADS);
  segments: Segment[] = [];
  /** Threads that died in this run, as bits. */
  dead = 0;

  // What a paused thread is about to do.
  private readonly pendingCell = new Float64Array(MOST_THREADS);
  private readonly pendingSite = new Int32Array(MOST_THREADS);
  private readonly pendingKind = new Int32Array(MOST_THREADS).fill(-1);
  private readonly pendingFrom = new Int32Array(MOST_THREADS);

  // What is known of cells, by a number that each cell gets when it is first touched.
  private slotOf = new Int32Array(0);
  private slots = 1;
  private readers = new Uint8Array(1 << 16);
  private writers = new Uint8Array(1 << 16);
  private hot = new Uint8Array(1 << 16);

  /** A new scenario. */
  open(memory: Memory): void {
    this.memory = memory;
    this.slotOf = new Int32Array(memory.cells.length + 2);
    this.slots = 1;
    this.readers.fill(0);
    this.writers.fill(0);
    this.hot.fill(0);
    this.clocks.races.clear();
    this.plainSteps = false;
  }

  /** Runs a function of the library alone, to its end. */
  alone<T>(steps: Generator<void, T, void>): T {
    this.policy = undefined;
    this.total = 0;
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value as T;
    }
  }

  /** Runs all threads to their end or death, as the policy says. */
  run(threads: readonly Steps[], policy: Policy): void {
    this.policy = policy;
    this.clocks.start();
    this.steps.fill(0);
    this.edges.fill(0);
    this.changed.fill(0);
    this.pendingKind.fill(-1);
    this.segments = [];
    this.dead = 0;
    this.total = 0;
    this.changes = 0;
    this.runnable = (1 << threads.length) - 1;
    this.current = policy.next(this.runnable);
    for (;;) {
      const thread = this.current;
      this.resume(thread);
      const { done } = threads[thread]!.next();
      if (!done && !this.died) {
        this.segments.push({ thread, at: this.steps[thread]!, died: false });
        this.current = this.chosen;
        continue;
      }
      this.runnable &= ~(1 << thread);
      const { died } = this;
      this.died = false;
      if (died) this.dead |= 1 << thread;
      this.segments.push({ thread, at: died ? this.edges[thread]! : -1, died });
      if (this.runnable === 0) break;
      this.current = policy.next(this.runnable);
    }
    this.policy = undefined;
  }

  /** What the thread paused before takes place. */
  private resume(thread: number): void {
    const kind = this.pendingKind[thread]!;
    if (kind < 0) return;
    this.pendingKind[thread] = -1;
    const cell = this.pendingCell[thread]!;
    this.note(thread, cell, this.pendingSite[thread]!, kind, this.pendingFrom[thread]!);
  }

  // ---- what the library's resumable functions call -------------------------------------------

  point(cell: number, site: number, kind: number): boolean {
    return this.step(cell, site, kind, 0);
  }

  claim(cell: number, site: number, from: number): boolean {
    return this.step(cell, site, ATOMIC_CLAIM, from);
  }

  /** A look at the buffer's length, or its growth: like an atomic cell behind the last. */
  length(site: number, kind: number): boolean {
    return this.step(this.memory.cells.length, site, kind, 0);
  }

  /** A fill, which is one step and no switch. */
  range(from: number, to: number, scale: number, site: number): void {
    for (let cell = from * scale; cell < to * scale; cell++) {
      this.note(this.current, cell, site, PLAIN_WRITE, 0);
    }
  }

  /** An access where the thread cannot pause; the index of what it accesses. */
  touch(index: number, scale: number, site: number, kind: number): number {
    this.note(this.current, index * scale, site, kind, 0);
    return index;
  }

  /** Whether a thread has died; the one that runs then knows what it did. */
  hasDied(thread: number): boolean {
    if ((this.dead & (1 << thread)) === 0) return false;
    this.clocks.join(this.current, thread);
    return true;
  }

  /** A function's entry or a loop's back edge. */
  edge(): boolean {
    if (!this.policy) return false;
    const thread = this.current;
    this.edges[thread]!++;
    if (this.changed[thread] === 0) return false;
    this.changed[thread] = 0;
    this.changes++;
    if (!this.policy.death(thread)) return false;
    this.died = true;
    return true;
  }

  private step(cell: number, site: number, kind: number, from: number): boolean {
    const { policy } = this;
    const thread = this.current;
    if (++this.total > ENDLESS) throw new Endless(`${ENDLESS} steps and no end`);
    if (policy) {
      this.steps[thread]!++;
      const slot = this.slotOf[cell]!;
      const matters =
        this.hot[slot] === 1 && (isAtomic(kind) || this.plainSteps || this.benign[site] === 1);
      const next = policy.step(thread, matters, this.runnable);
      if (next !== thread) {
        this.chosen = next;
        this.pendingCell[thread] = cell;
        this.pendingSite[thread] = site;
        this.pendingKind[thread] = kind;
        this.pendingFrom[thread] = from;
        return true;
      }
    }
    this.note(thread, cell, site, kind, from);
    return false;
  }

  /** Notes an access at the moment when it takes place. */
  private note(thread: number, cell: number, site: number, kind: number, from: number): void {
    const { memory } = this;
    if (kind === ATOMIC_CLAIM) {
      kind = memory.cells[cell] === (from | 0) ? ATOMIC_CHANGE : ATOMIC_READ;
    }
    const writes = isWrite(kind);
    if (writes && cell < memory.cells.length) memory.keep(cell);
    if (!this.policy) return;
    this.trace?.(thread, this.steps[thread]!, site, kind, cell);
    if (writes) this.changed[thread] = 1;
    let slot = this.slotOf[cell]!;
    if (slot === 0) {
      slot = this.slots++;
      this.slotOf[cell] = slot;
      this.clocks.reserve(slot + 1);
    }
    if (this.hot[slot] === 0) this.heat(slot, 1 << thread, writes);
    else this.clocks.access(thread, slot, site, kind);
  }

  private heat(slot: number, bit: number, writes: boolean): void {
    if (writes) this.writers[slot]! |= bit;
    else this.readers[slot]! |= bit;
    const all = this.readers[slot]! | this.writers[slot]!;
    if (this.writers[slot] === 0 || (all & (all - 1)) === 0) return;
    this.hot[slot] = 1;
    this.learnt = true;
  }
}

export const scheduler = new Scheduler();
