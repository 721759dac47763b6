/** Two files of the mixed runner as pairs: the first run of one with the first of the other. */
import { CommandError } from '../lib/command-error.js';
import { readRuns } from '../lib/stored-runs.js';
import { type Pair } from './verdict.js';

/**
 * @param first its side is `off`: the improvement says by how much it is faster than the second
 * @throws CommandError when they cannot be read, or ran different things
 */
export function pairsOfRuns(first: string, second: string): Pair[] {
  const [off, on] = [readRuns(first), readRuns(second)];
  for (const key of ['workload', 'profile', 'parameters'] as const) {
    if (JSON.stringify(off[key]) !== JSON.stringify(on[key])) {
      throw new CommandError(`${first} and ${second} differ in their ${key}`);
    }
  }
  const count = Math.min(off.figures.length, on.figures.length);
  return Array.from({ length: count }, (_, run) => ({
    off: [1e9 / off.figures[run]],
    on: [1e9 / on.figures[run]],
  }));
}
