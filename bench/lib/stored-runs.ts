/** Repeated runs of one workload as they are stored: what ran, where, and each run's figure. */
import { CommandError, readJson } from './command-error.js';
import { type Machine } from './machine.js';

export interface StoredRuns {
  readonly format: 1;
  readonly kind: 'runs';
  readonly workload: string;
  readonly profile: string;
  readonly parameters: object;
  readonly node: string;
  readonly arguments: readonly string[];
  readonly machine: Machine;
  readonly commit: string;
  readonly date: string;
  /** Operations per second, in the order of the runs. */
  readonly figures: readonly number[];
}

/** @throws CommandError when the file cannot be read or holds no stored runs */
export function readRuns(path: string): StoredRuns {
  const stored = readJson(path) as Partial<StoredRuns>;
  const { figures } = stored;
  if (stored.format !== 1 || stored.kind !== 'runs' || !Array.isArray(figures)) {
    throw new CommandError(`${path} holds no stored runs`);
  }
  if (figures.length === 0 || !figures.every((figure) => figure > 0)) {
    throw new CommandError(`${path} holds a run without a rate`);
  }
  return stored as StoredRuns;
}
