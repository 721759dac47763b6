/** The part of README.md that a report rewrites. */
import { ratioOf, summarize } from '../lib/statistics.js';
import { formatFigure } from '../output/format.js';
import { meanOf } from '../output/tables.js';
import type { Result, StoredRun } from '../results.js';
import { REPLAY_GROUP } from '../workloads/traces.js';
import { SELF } from '../workloads/workload.js';

const BEGIN = '<!-- bench: begin; npm run bench:report -- --readme writes this -->';
const END = '<!-- bench: end -->';

/** The families of the main table. */
const SHOWN = /^(random-mixed|large|larson|mstress|rptest|xmalloc|malloc-large)\//;
const PEERS = ['glibc', 'mimalloc', 'jemalloc', 'tcmalloc'];

/** @throws Error when the text has no marked part */
export function rewriteReadme(text: string, runs: readonly StoredRun[]): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${renderReadme(runs)}\n\n${text.slice(end)}`;
}

export function renderReadme([run, ...others]: readonly StoredRun[]): string {
  const main = run.results.filter(({ name }) => SHOWN.test(name));
  const replays = run.results.filter(({ group }) => group === REPLAY_GROUP);
  const majors = others.map(({ machine }) => majorOf(machine.node));
  const head = [
    'workload (@threads)',
    'hakmem, M/s',
    ...PEERS.map((peer) => `÷ ${peer}`),
    ...majors.map((major) => `÷ glibc, Node ${major}`),
  ];
  const rows = main.map((result) => [
    result.name,
    formatFigure(summarize(result.figures[SELF]).median, result.unit),
    ...PEERS.map((peer) => ratioText(result, peer)),
    ...others.map(({ results }) => {
      const same = results.find(({ name }) => name === result.name);
      return same === undefined ? '' : ratioText(same, 'glibc');
    }),
  ]);
  if (replays.length > 1) {
    rows.push([
      'traces, geometric mean',
      '',
      ...PEERS.map((peer) => meanOf(replays, peer)?.median.toFixed(2) ?? ''),
      ...others.map(({ results }) => {
        const same = results.filter(({ group }) => group === REPLAY_GROUP);
        return same.length < 2 ? '' : (meanOf(same, 'glibc')?.median.toFixed(2) ?? '');
      }),
    ]);
  }
  const { machine } = run;
  return [
    `hakmem in JavaScript beside allocators in C, each running the same program; ${machine.cores} cores`,
    `of ${machine.cpu}, Node ${majorOf(machine.node)}. \`npm run bench -- --json FILE\` measures,`,
    '`npm run bench:report` draws; all figures, those of JavaScript allocators too, are in',
    '`docs/bench/index.html` of the repository ([how it measures](docs/bench/README.md)).',
    '',
    table(head, rows),
    '',
    '![Throughput beside native allocators](docs/bench/native.svg)',
  ].join('\n');
}

function ratioText({ figures }: Result, peer: string): string {
  return figures[peer] ? ratioOf(figures[SELF], figures[peer]).median.toFixed(2) : '';
}

function majorOf(node: string): string {
  return node.replace(/^v/, '').split('.')[0];
}

/** As prettier would have it: columns padded to their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}
