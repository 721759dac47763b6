/** A run beside a stored one: hakmem's figures, and its ratios to the peers that both have. */
import { ratioOf, summarize } from '../lib/statistics.js';
import type { Result, StoredRun } from '../results.js';
import { SELF } from '../workloads/workload.js';
import { formatFigure } from './format.js';
import { newTable, peersOf } from './tables.js';

export function renderComparison(stored: StoredRun, results: readonly Result[]): string {
  const before = new Map(stored.results.map((result) => [result.name, result]));
  const table = newTable(['', 'stored', 'this run', 'this ÷ stored', 'ratio to peers']);
  for (const result of results) {
    const old = before.get(result.name);
    if (old === undefined || !(SELF in old.figures) || !(SELF in result.figures)) continue;
    const [was, is] = [old, result].map(({ figures }) => summarize(figures[SELF]).median);
    table.push([
      result.name,
      formatFigure(was, result.unit),
      formatFigure(is, result.unit),
      (is / was).toFixed(2),
      peersOf([result])
        .filter((peer) => peer in old.figures)
        .map((peer) => `${peer}: ${ratioText(old, peer)} → ${ratioText(result, peer)}`)
        .join('\n'),
    ]);
  }
  const { machine } = stored;
  return [
    `beside a run on Node ${machine.node}, hakmem ${machine.hakmem}, ${machine.cpu}`,
    'Absolute figures drift with the machine; ratios to peers of the same run drift less.',
    table.toString(),
  ].join('\n');
}

function ratioText({ figures }: Result, peer: string): string {
  return ratioOf(figures[SELF], figures[peer]).median.toFixed(2);
}
