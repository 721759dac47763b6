/**
 * Every schedule with at most `bound` pre-emptions, and with at most `deaths` threads dying: a
 * depth-first walk over the choices of a run, which are made again from the start each time
 * (Musuvathi and Qadeer: Iterative context bounding, 2007).
 *
 * A switch where a thread ends or dies costs nothing. A thread that has not passed a step that
 * matters is not pre-empted: it would be the same as not having chosen it.
 */
import type { Policy } from './scheduler.js';

const DIE = 1 << 7;

export class Exhaustive implements Policy {
  private readonly chosen: number[] = [];
  /** Answers still to be tried at each choice, as bits. */
  private readonly left: number[] = [];
  /** Choices that the present run repeats. */
  private given = 0;
  private depth = 0;
  private preemptions = 0;
  private died = 0;
  private started = 0;

  constructor(
    private readonly bound: number,
    private readonly deaths = 0,
    /** Threads that may die, as bits. */
    private readonly victims = 0,
  ) {}

  /** Prepares the next run; false when there is none. */
  advance(): boolean {
    if (this.depth > 0 || this.given > 0) {
      let last = this.depth - 1;
      while (last >= 0 && this.left[last] === 0) last--;
      if (last < 0) return false;
      const bit = this.left[last]! & -this.left[last]!;
      this.left[last]! ^= bit;
      this.chosen[last] = bit;
      this.given = last + 1;
    }
    this.restart();
    return true;
  }

  /** Prepares the first run. */
  first(): void {
    this.given = 0;
    this.restart();
  }

  private restart(): void {
    this.depth = 0;
    this.preemptions = 0;
    this.died = 0;
    this.started = 0;
  }

  step(thread: number, matters: boolean, runnable: number): number {
    if (!matters) return thread;
    const own = 1 << thread;
    if ((this.started & own) === 0) {
      this.started |= own;
      return thread;
    }
    if (this.preemptions >= this.bound) return thread;
    const others = runnable & ~own;
    if (others === 0) return thread;
    const answer = this.choose(own, others);
    if (answer === own) return thread;
    this.preemptions++;
    return 31 - Math.clz32(answer);
  }

  death(thread: number): boolean {
    if (this.died >= this.deaths || (this.victims & (1 << thread)) === 0) return false;
    if (this.choose(1, DIE) !== DIE) return false;
    this.died++;
    return true;
  }

  next(runnable: number): number {
    const first = runnable & -runnable;
    return 31 - Math.clz32(this.choose(first, runnable ^ first));
  }

  /** The answer at this choice: what the run repeats, or the first one with the others left. */
  private choose(first: number, others: number): number {
    const index = this.depth++;
    if (index < this.given) return this.chosen[index]!;
    this.chosen[index] = first;
    this.left[index] = others;
    return first;
  }
}
