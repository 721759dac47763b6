/** What a comparison says, for a terminal. */
import Table from 'cli-table3';
import { describeMachine } from '../lib/machine.js';
import { formatCount, formatPercent } from '../lib/units.js';
import { type Comparison } from './record.js';
import { isFlag } from './subjects.js';
import { type Judgement, type Side } from './verdict.js';

export function renderComparison(comparison: Comparison, judgement: Judgement): string {
  const { subject, workload, node, machine, commit, off, on } = comparison;
  const table = new Table({
    head: ['ns per operation', 'mean', 'median', 'spread', 'min', 'max', 'bundle'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  table.push(
    [`off: ${short(off.label)}`, ...sideCells(judgement.off), `${formatCount(off.bytes)} B`],
    [`on: ${short(on.label)}`, ...sideCells(judgement.on), `${formatCount(on.bytes)} B`],
  );
  return [
    `${subject} on ${workload}; Node ${node}, ${describeMachine(machine)}, commit ${commit}`,
    table.toString(),
    ...reachLines(comparison),
    verdictLine(
      judgement,
      isFlag(subject) ? 'compiling it out' : 'the first build, not the second,',
    ),
  ].join('\n');
}

/** @param what is done to have `off` instead of `on` */
export function verdictLine(judgement: Judgement, what: string): string {
  const { improvement, low, high, pairs, verdict, ...rest } = judgement;
  const interval = `95 % of ${pairs} pairs: ${formatPercent(low)} to ${formatPercent(high)}`;
  const needed =
    rest.pairsNeeded === undefined ? '' : `; about ${rest.pairsNeeded} pairs would decide`;
  return `${what} changes the speed by ${formatPercent(improvement)} (${interval}): ${verdict}${needed}`;
}

function reachLines({ reached }: Comparison): string[] {
  if (reached === undefined) return [];
  const { counted, events, operations } = reached;
  const each = (events / operations).toPrecision(3);
  return [
    `reached: ${formatCount(events)} ${counted} in ${formatCount(operations)} operations, ${each} each`,
  ];
}

function sideCells({ mean, median, deviation, min, max }: Side): string[] {
  return [time(mean), time(median), `±${(deviation * 100).toFixed(1)} %`, time(min), time(max)];
}

function short(label: string): string {
  return label.length <= 44 ? label : `${label.slice(0, 43)}…`;
}

/** Nanoseconds with four digits or so. */
export function time(nanoseconds: number): string {
  return nanoseconds >= 1000 ? formatCount(nanoseconds) : nanoseconds.toPrecision(4);
}
