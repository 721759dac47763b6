/**
 * Random schedules, each from one seed that gives it again. Half of them are PCT (Burckhardt et al.:
 * A randomized scheduler with probabilistic guarantees of finding bugs, 2010): threads have random
 * priorities, the highest runs, and at a few random steps the running one falls behind all others.
 * The other half switches at random steps to a random thread. Every step counts, plain ones too.
 */
import { mix } from './memory.js';
import type { Policy } from './scheduler.js';

/** A generator of whole numbers below `limit` (mulberry32). */
export function randomFrom(seed: number): (limit: number) => number {
  let state = mix(seed ^ 0x2545f491);
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export class Random implements Policy {
  private readonly random: (limit: number) => number;
  private readonly pct: boolean;
  private readonly priorities: number[];
  private readonly changes = new Set<number>();
  private readonly every: number;
  private lowest = 0;
  private passed = 0;
  private edges = 0;
  /** Edges of the run at which whoever passes dies; one or two. */
  private readonly deaths: number[];

  /**
   * @param length steps of an ordinary run
   * @param victims threads that may die, as bits
   */
  constructor(
    seed: number,
    threads: number,
    length: number,
    edges: number,
    private readonly victims = 0,
  ) {
    this.random = randomFrom(seed);
    const { random } = this;
    this.pct = random(2) === 0;
    this.priorities = Array.from({ length: threads }, () => 1 + random(1 << 20));
    const depth = 1 + random(6);
    for (let i = 0; i < depth; i++) this.changes.add(random(length));
    this.every = 2 << random(7);
    const deaths = victims === 0 ? 0 : 1 + random(2);
    this.deaths = Array.from({ length: deaths }, () => random(edges)).sort((a, b) => a - b);
  }

  step(thread: number, _matters: boolean, runnable: number): number {
    if (this.pct) {
      if (!this.changes.has(this.passed++)) return thread;
      this.priorities[thread] = --this.lowest;
      return this.next(runnable);
    }
    return this.random(this.every) === 0 ? this.next(runnable) : thread;
  }

  death(thread: number): boolean {
    const edge = this.edges++;
    if ((this.victims & (1 << thread)) === 0 || edge < (this.deaths[0] ?? Infinity)) return false;
    this.deaths.shift();
    return true;
  }

  next(runnable: number): number {
    let best = -1;
    let count = 0;
    for (let thread = 0; thread < this.priorities.length; thread++) {
      if ((runnable & (1 << thread)) === 0) continue;
      const better = this.pct
        ? best < 0 || this.priorities[thread]! > this.priorities[best]!
        : this.random(++count) === 0;
      if (better) best = thread;
    }
    return best;
  }
}
