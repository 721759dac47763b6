/**
 * The state of one walk of `verify`, which its checks share.
 *
 * @atomics cold CORRECTNESS: bounds and record states that others publish end the walk.
 */
import { acquire } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { H_CAPACITY, H_RECORDS } from '../base/offsets.js';
import { CLASS_COUNT } from '../base/sizeclass.js';
import { isAttached } from '../thread/record.js';

const MOST_PROBLEMS = 100;

/** What the checks share: findings so far, and where every waiting block was seen. */
export class Walk {
  readonly problems: string[] = [];
  /** One past the last slab to look at. */
  readonly end: number;
  readonly records: number;
  /** Where each free block outside of a bitmap was seen first. */
  readonly waiting = new Map<number, string>();
  /** Where each Large block in a run cache was seen, by its first slab. */
  readonly kept = new Map<number, string>();
  /** Blocks in use by class, and of Large blocks at index 0. */
  readonly inUse = new Float64Array(CLASS_COUNT);
  slabs = 0;
  freeSlabs = 0;

  constructor(readonly core: Core) {
    const { cells, header, geometry } = core;
    const capacity = acquire(cells, header + H_CAPACITY);
    const records = acquire(cells, header + H_RECORDS);
    this.end = Math.max(0, Math.min(capacity, core.slabs, geometry.maxSlabs));
    this.records = Math.max(0, Math.min(records, geometry.maxThreads));
    this.check(capacity === this.end, () => `the capacity of ${capacity} slabs is impossible`);
    this.check(records === this.records, () => `${records} thread records are impossible`);
  }

  check(holds: boolean, sentence: () => string): void {
    if (!holds && this.problems.length < MOST_PROBLEMS) this.problems.push(sentence());
  }

  isAttached(thread: number): boolean {
    return thread < this.records && isAttached(this.core, thread);
  }
}
