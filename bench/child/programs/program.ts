/** What a workload is made of: its program, run by each of its threads on one allocator. */
import type { Instance } from '../allocators/instance.js';
import type { Courier } from '../courier.js';
import { TURNS_PER_CALL } from '../../lib/loop-numbers.js';

/** Seed of every workload, the same as in bench/native/common.h. */
export const SEED = 2463534242;

/** One thread of a workload. */
export interface Thread {
  readonly instance: Instance;
  /** From 0. */
  readonly self: number;
  readonly threads: number;
  /** True where the blocks of one thread are good in all others. */
  readonly sharing: boolean;
  /** As many cells as the program asked for, one array for all threads, 0 at first. */
  readonly shared: Int32Array<SharedArrayBuffer>;
  /** Messages to and from the other threads; for allocators that share nothing. */
  readonly courier: Courier;
  /** Waits until every thread has called it as often. */
  readonly meet: () => void;
}

/** A program on its way in one thread. */
export interface Job {
  /**
   * Does so many turns and returns how many operations that were. Called first for the warm-up,
   * then for what is measured.
   */
  run(turns: number): number;
  /**
   * Frees every block that is left and returns a checksum of what was decided and what stood in the
   * blocks, which the twin in C returns too.
   */
  finish(): number;
}

export interface Program<P> {
  /** Cells of shared memory. */
  cells?(parameters: P, threads: number): number;
  start(thread: Thread, parameters: P): Job;
}

/**
 * From 0 to n - 1, of 31 bits of x, as in common.h; n is at most 2^22, so the product is exact. A %
 * would divide, which takes longer than a malloc.
 */
export function below(x: number, n: number): number {
  return ((x >>> 1) * n * 2 ** -31) | 0;
}

/** Adds a word to a checksum, as in common.h. */
export function checksum(sum: number, word: number): number {
  return (Math.imul(sum, 31) + word) | 0;
}

/**
 * A run that calls `part` until all its turns are done, and returns their number. To be made once for
 * each job: while a function has one closure, V8 takes the constants around it, such as the heap and
 * its views, for constants of the code too, as it does with those of a module. From Node 22 on it does
 * so only where it writes the function into its caller, which is what the parts are for too.
 */
export function inParts(part: (turns: number) => void): (turns: number) => number {
  return (turns) => {
    // Not Math.min, of which V8 makes a floating-point number here.
    for (let left = turns; left > 0; left -= TURNS_PER_CALL) {
      part(left < TURNS_PER_CALL ? left : TURNS_PER_CALL);
    }
    return turns;
  };
}

/** The same for a loop over items `from` to `to`. */
export function rangeInParts(
  part: (from: number, to: number) => void,
): (from: number, to: number) => void {
  return (from, to) => {
    for (let start = from; start < to; start += TURNS_PER_CALL) {
      part(start, Math.min(start + TURNS_PER_CALL, to));
    }
  };
}
