/** Turns results into tables for a terminal: one per group, a row per workload. */
import Table from 'cli-table3';
import { geometricMean } from 'simple-statistics';
import { meanRatio, type Ratio, ratioOf, summarize } from '../lib/statistics.js';
import type { Result } from '../results.js';
import { LIFE_SHARE, SHARES } from '../workloads/threads.js';
import { MEAN_TARGETS } from '../workloads/traces.js';
import { SELF, type Target } from '../workloads/workload.js';
import { formatFigure, formatRatio, formatSummary, formatTarget } from './format.js';

export function renderTables(results: readonly Result[]): string {
  const groups = [...new Set(results.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = results.filter((result) => result.group === group);
      const table = rows.some(({ compared }) => compared) ? comparison(rows) : ownFigures(rows);
      return [`${group} (${rows[0].unit})`, table, ...failures(rows)].join('\n');
    })
    .join('\n\n');
}

function comparison(rows: readonly Result[]): string {
  const peers = peersOf(rows);
  const table = newTable(['', SELF, ...peers.map((peer) => `${peer}\nhakmem ÷ it`), 'target']);
  for (const { name, unit, figures, targets } of rows) {
    const ours = figures[SELF];
    const ratios = new Map(
      peers.map((peer) => [peer, figures[peer] && ratioOf(ours, figures[peer])]),
    );
    table.push([
      name,
      formatSummary(ours, unit),
      ...peers.map((peer) => {
        const ratio = ratios.get(peer);
        return ratio ? `${formatSummary(figures[peer], unit)}\n${formatRatio(ratio)}` : '';
      }),
      targets
        .map((target) => {
          const { against } = target;
          const value =
            against === undefined ? summarize(ours).median : ratios.get(against)?.median;
          return formatTarget(target, unit, value);
        })
        .join('\n'),
    ]);
  }
  const targets = MEAN_TARGETS.get(rows[0].group);
  if (targets && rows.length > 1) table.push(meanRow(rows, peers, targets));
  return table.toString();
}

/** Contenders other than hakmem that have figures in any row, in their order. */
export function peersOf(rows: readonly Result[]): string[] {
  const names = rows.flatMap(({ figures }) => Object.keys(figures));
  return [...new Set(names)].filter((name) => name !== SELF);
}

/** The geometric mean of hakmem's ratios to a peer; undefined where a row lacks it. */
export function meanOf(rows: readonly Result[], peer: string): Ratio | undefined {
  if (rows.some(({ figures }) => figures[peer] === undefined)) return undefined;
  return meanRatio(rows.map(({ figures }) => [figures[SELF], figures[peer]] as const));
}

function meanRow(
  rows: readonly Result[],
  peers: readonly string[],
  targets: readonly Target[],
): string[] {
  const means = new Map(peers.map((peer) => [peer, meanOf(rows, peer)]));
  const { unit } = rows[0];
  const own = geometricMean(rows.map(({ figures }) => summarize(figures[SELF]).median));
  return [
    'geometric mean',
    formatFigure(own, unit),
    ...peers.map((peer) => {
      const mean = means.get(peer);
      return mean ? formatRatio(mean) : '';
    }),
    targets
      .map((target) => {
        const { against } = target;
        return formatTarget(target, unit, against === undefined ? own : means.get(against)?.median);
      })
      .join('\n'),
  ];
}

/** Figures that only hakmem has, each under its own name. */
function ownFigures(rows: readonly Result[]): string {
  const table = newTable(['', 'median', 'spread', 'target']);
  for (const { name: workload, unit: usual, figures, own, targets } of rows) {
    const named = { ...(figures[SELF] ? { [workload]: figures[SELF] } : {}), ...own };
    for (const [name, values] of Object.entries(named)) {
      const { median, spread } = summarize(values);
      const unit = SHARES.includes(name) ? 'share' : usual;
      const hasTarget = name === LIFE_SHARE || name === workload;
      table.push([
        name,
        formatFigure(median, unit),
        `±${(spread * 100).toFixed(0)} %`,
        hasTarget ? targets.map((target) => formatTarget(target, unit, median)).join('\n') : '',
      ]);
    }
  }
  return table.toString();
}

function failures(rows: readonly Result[]): string[] {
  return rows.flatMap(({ name, failures: failed }) =>
    Object.entries(failed).map(([peer, why]) => `${peer} has no figure for ${name}: ${why}`),
  );
}

export function newTable(head: string[]): Table.Table {
  return new Table({
    head,
    colAligns: ['left', ...Array<'right'>(head.length - 1).fill('right')],
    style: { head: [], border: [] },
  });
}
