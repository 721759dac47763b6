/** A workload of the A/B runs: it lives in a process of its own and does its work step by step. */
import { type Heap } from '../../../src/index.js';

export interface Workload {
  /** Whose statistics say whether a path was reached. */
  readonly heap: Heap;
  /** What a step counts as, in mallocs and frees or other calls. */
  readonly operations: number;
  /**
   * A tenth of a millisecond of work or so: short, so that V8 enters code that it has optimised at
   * a function's start instead of in the middle of a loop, and the same sequence in every process.
   */
  step(): void;
  /**
   * Milliseconds that the steps so far took, all threads together and without what they waited for
   * each other. Where it is missing, a step's time is the time until it returns.
   */
  busy?(): number;
  /** Ends what else was started. */
  close?(): Promise<void>;
}
