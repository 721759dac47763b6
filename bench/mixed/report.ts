/** What repeated runs say, as a table. */
import Table from 'cli-table3';
import { max, mean, median, min, standardDeviation } from 'simple-statistics';
import { describeMachine } from '../lib/machine.js';
import { type StoredRuns } from '../lib/stored-runs.js';

export interface RunSummary {
  readonly runs: number;
  readonly mean: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Standard deviation, in the figures' own unit. */
  readonly deviation: number;
}

export function summarizeRuns(figures: readonly number[]): RunSummary {
  const values = [...figures];
  return {
    runs: values.length,
    mean: mean(values),
    median: median(values),
    min: min(values),
    max: max(values),
    deviation: standardDeviation(values),
  };
}

export function renderRuns(stored: readonly StoredRuns[]): string {
  const table = new Table({
    head: ['M operations/s', 'profile', 'runs', 'mean', 'median', 'min', 'max', 'deviation'],
    colAligns: ['left', 'left', ...Array<'right'>(6).fill('right')],
    style: { head: [], border: [] },
  });
  for (const { workload, profile, figures } of stored) {
    const { runs, deviation, ...values } = summarizeRuns(figures);
    table.push([
      workload,
      profile,
      runs,
      ...[values.mean, values.median, values.min, values.max].map(millions),
      `${millions(deviation)} (${((deviation / values.mean) * 100).toFixed(1)} %)`,
    ]);
  }
  const places = stored.map(
    ({ node, machine, commit }) => `Node ${node}, ${describeMachine(machine)}, commit ${commit}`,
  );
  return [...new Set(places), table.toString()].join('\n');
}

function millions(perSecond: number): string {
  return (perSecond / 1e6).toFixed(perSecond >= 1e8 ? 0 : 2);
}
