/** What the harness asks of the process that runs a workload, and what that answers. */
import { type HeapStats } from '../../src/index.js';

export type Request =
  /** Steps until so much time is over. */
  | { readonly ask: 'calibrate'; readonly milliseconds: number }
  /** So many steps. */
  | { readonly ask: 'round'; readonly steps: number }
  | { readonly ask: 'stats' }
  | { readonly ask: 'end' };

export interface RoundAnswer {
  readonly steps: number;
  readonly milliseconds: number;
}

export interface StatsAnswer {
  readonly stats: HeapStats;
}

/** The first message of the process. */
export interface ReadyAnswer {
  /** Of a step. */
  readonly operations: number;
}
