/**
 * Vector clocks: which accesses of different threads no atomic operation orders.
 *
 * Each thread's clock counts its publishing operations; `clock[t * MOST_THREADS + u]` is the last
 * such moment of u that t knows of. An atomic load takes over the clock that the store it reads from
 * left in the cell; a store leaves the thread's own there; a read-modify-write does both. Two
 * accesses of one cell, at least one of them a plain one and one of them a write, race if neither
 * thread knew of the other's. As in FastTrack, a cell keeps the last access of each kind and thread.
 */
import { ATOMIC_WRITE, isAtomic, isWrite, MOST_THREADS } from './kinds.js';

/** Kinds of access that are kept apart: plain read, plain write, atomic read, atomic write. */
const KINDS = 4;
const STRIDE = MOST_THREADS * KINDS;

/** Which earlier accesses an access conflicts with, by the kinds above. */
const CONFLICTS = [[1, 3], [0, 1, 2, 3], [1], [0, 1]] as const;

export class Clocks {
  private readonly clock = new Uint32Array(MOST_THREADS * MOST_THREADS);
  private known = new Uint32Array(0);
  private sites = new Uint32Array(0);
  private published = new Uint32Array(0);
  private stamps = new Uint32Array(0);
  private run = 0;
  /** Pairs of sites that raced, as `earlier * 65536 + later`. */
  readonly races = new Set<number>();

  /** Makes room for numbers of cells up to `slots`. */
  reserve(slots: number): void {
    if (this.stamps.length >= slots) return;
    const size = slots * 2;
    const grown = (old: Uint32Array, stride: number): Uint32Array<ArrayBuffer> => {
      const more = new Uint32Array(size * stride);
      more.set(old);
      return more;
    };
    this.known = grown(this.known, STRIDE);
    this.sites = grown(this.sites, STRIDE);
    this.published = grown(this.published, MOST_THREADS);
    this.stamps = grown(this.stamps, 1);
  }

  /** A new run: all threads start together, after everything that was before. */
  start(): void {
    this.run++;
    this.clock.fill(0);
    for (let thread = 0; thread < MOST_THREADS; thread++) {
      this.clock[thread * MOST_THREADS + thread] = 1;
    }
  }

  /** Notes an access that takes place at this moment. */
  access(thread: number, slot: number, site: number, kind: number): void {
    if (this.stamps[slot] !== this.run) {
      this.stamps[slot] = this.run;
      this.known.fill(0, slot * STRIDE, (slot + 1) * STRIDE);
      this.published.fill(0, slot * MOST_THREADS, (slot + 1) * MOST_THREADS);
    }
    const row = kind > ATOMIC_WRITE ? ATOMIC_WRITE : kind;
    if (isAtomic(kind) && kind !== ATOMIC_WRITE) this.learn(thread, slot);
    this.compare(thread, slot, site, row);
    const own = thread * MOST_THREADS + thread;
    const entry = slot * STRIDE + row * MOST_THREADS + thread;
    this.known[entry] = this.clock[own]!;
    this.sites[entry] = site;
    if (isAtomic(kind) && isWrite(kind)) {
      this.published.set(
        this.clock.subarray(thread * MOST_THREADS, (thread + 1) * MOST_THREADS),
        slot * MOST_THREADS,
      );
      this.clock[own]!++;
    }
  }

  /** `thread` learns all that another one did, which has ended. */
  join(thread: number, ended: number): void {
    for (let u = 0; u < MOST_THREADS; u++) {
      const known = this.clock[ended * MOST_THREADS + u]!;
      const own = thread * MOST_THREADS + u;
      if (known > this.clock[own]!) this.clock[own] = known;
    }
  }

  /** `reader` learns what `slot`'s last publisher knew. */
  private learn(reader: number, slot: number): void {
    const row = reader * MOST_THREADS;
    for (let thread = 0; thread < MOST_THREADS; thread++) {
      const known = this.published[slot * MOST_THREADS + thread]!;
      if (known > this.clock[row + thread]!) this.clock[row + thread] = known;
    }
  }

  private compare(thread: number, slot: number, site: number, row: number): void {
    for (const other of CONFLICTS[row]!) {
      const base = slot * STRIDE + other * MOST_THREADS;
      for (let u = 0; u < MOST_THREADS; u++) {
        if (u === thread || this.known[base + u]! <= this.clock[thread * MOST_THREADS + u]!)
          continue;
        this.races.add(this.sites[base + u]! * 65536 + site);
      }
    }
  }
}
