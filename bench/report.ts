/** Turns rounds into tables: a table per group, a row per workload, a column per contender. */
import Table from 'cli-table3';
import { meanRatio, type Ratio, ratioOf, summarize } from './lib/statistics.js';
import { formatBytes } from './lib/units.js';
import { type Measured, SELF } from './measure.js';
import {
  ATTACH_SHARE,
  REPLAY_GROUP,
  REPLAY_TARGET,
  type Target,
  type Workload,
} from './workloads.js';

type Unit = Workload['unit'];

export function renderTables(measured: readonly Measured[]): string {
  const groups = [...new Set(measured.map(({ workload }) => workload.group))];
  return groups
    .map((group) => {
      const rows = measured.filter(({ workload }) => workload.group === group);
      const compared = rows.some(({ workload }) => workload.twin !== undefined);
      const { unit } = rows[0].workload;
      return `${group} (${unit})\n${compared ? comparison(rows) : ownFigures(rows)}`;
    })
    .join('\n\n');
}

/** The figures of a workload that has a twin, round by round. */
export function comparedFigures({ rounds }: Measured, contender: string): number[] {
  return (rounds.get(contender) ?? []).map(({ figure }) => {
    if (figure === undefined) throw new Error(`${contender} reported no figure`);
    return figure;
  });
}

function comparison(rows: readonly Measured[]): string {
  const peers = [...rows[0].rounds.keys()].filter((name) => name !== SELF);
  const table = newTable(['', SELF, ...peers.map((peer) => `${peer}\nhakmem ÷ it`), 'target']);
  for (const row of rows) {
    const { unit, name, target } = row.workload;
    const ours = comparedFigures(row, SELF);
    const theirs = peers.map((peer) => comparedFigures(row, peer));
    const ratios = theirs.map((values) => ratioOf(ours, values));
    table.push([
      name,
      summaryText(ours, unit),
      ...theirs.map((values, i) => `${summaryText(values, unit)}\n${ratioText(ratios[i])}`),
      targetText(target, unit, (against) =>
        against === undefined ? summarize(ours).median : ratios[peers.indexOf(against)]?.median,
      ),
    ]);
  }
  if (rows[0].workload.group === REPLAY_GROUP && rows.length > 1) {
    const means = peers.map((peer) =>
      meanRatio(rows.map((row) => [comparedFigures(row, SELF), comparedFigures(row, peer)])),
    );
    table.push([
      'geometric mean',
      '',
      ...means.map(ratioText),
      targetText(REPLAY_TARGET, 'M events/s', (against) =>
        against === undefined ? undefined : means[peers.indexOf(against)]?.median,
      ),
    ]);
  }
  return table.toString();
}

/** Figures that only hakmem has, each under its own name. */
function ownFigures(rows: readonly Measured[]): string {
  const table = newTable(['', 'median', 'spread', 'target']);
  for (const { workload, rounds } of rows) {
    const figures = rounds.get(SELF) ?? [];
    for (const name of Object.keys(figures[0] ?? {})) {
      const { median, spread } = summarize(figures.map((round) => round[name]));
      const unit = name === ATTACH_SHARE ? 'share' : workload.unit;
      const hasTarget = unit === 'share' || name === 'figure';
      table.push([
        name === 'figure' ? workload.name : name,
        format(median, unit),
        `±${(spread * 100).toFixed(0)} %`,
        targetText(hasTarget ? workload.target : undefined, unit, () => median),
      ]);
    }
  }
  return table.toString();
}

function newTable(head: string[]): Table.Table {
  return new Table({
    head,
    colAligns: ['left', ...Array<'right'>(head.length - 1).fill('right')],
    style: { head: [], border: [] },
  });
}

function summaryText(values: readonly number[], unit: Unit): string {
  const { median, spread } = summarize(values);
  return `${format(median, unit)} ±${(spread * 100).toFixed(0)} %`;
}

function ratioText({ median, low, high }: Ratio): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function format(value: number, unit: Unit | 'share'): string {
  if (unit === 'share') return `1/${(1 / value).toFixed(0)}`;
  if (unit === 'bytes') return formatBytes(value);
  if (unit.startsWith('M ')) return (value / 1e6).toFixed(value >= 1e8 ? 0 : 1);
  return value.toFixed(unit === 'ms' ? 3 : unit === 'ns' ? 1 : 2);
}

function targetText(
  target: Target | undefined,
  unit: Unit | 'share',
  reached: (against: string | undefined) => number | undefined,
): string {
  if (target === undefined) return '';
  const { against, atLeast, atMost } = target;
  const bound = atLeast ?? atMost ?? 0;
  const shown = against === undefined ? format(bound, unit) : `${bound} × ${against}`;
  const value = reached(against);
  const verdict =
    value === undefined
      ? 'not measured'
      : (atLeast === undefined ? value <= bound : value >= bound)
        ? 'met'
        : 'missed';
  return `${atLeast === undefined ? '≤' : '≥'} ${shown}\n${verdict}`;
}
