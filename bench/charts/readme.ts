/** The part of README.md that a report rewrites. */
import { ratioOf, summarize } from '../lib/statistics.js';
import { formatFigure, formatRatio } from '../output/format.js';
import { meanOf } from '../output/tables.js';
import { byMachine, majorOf, type Result, type StoredRun } from '../results.js';
import { REPLAY_GROUP } from '../workloads/traces.js';
import { SELF } from '../workloads/workload.js';

const BEGIN = '<!-- bench: begin; npm run bench:report -- --readme writes this -->';
const END = '<!-- bench: end -->';

/** The families with a row for each workload; the others have one for their geometric mean. */
const SHOWN = /^(random-mixed|large|larson|mstress|rptest|xmalloc|malloc-large)\//;
/** Its threads in C are new ones, in JavaScript attached ones: two different things. */
const NOT_SHOWN = /^(thread-life|footprint)\//;
const PEERS = ['glibc', 'mimalloc', 'jemalloc', 'tcmalloc'];

/** @throws Error when the text has no marked part */
export function rewriteReadme(text: string, runs: readonly StoredRun[]): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${renderReadme(runs)}\n\n${text.slice(end)}`;
}

export function renderReadme([run, ...others]: readonly StoredRun[]): string {
  const main = run.results.filter(({ name }) => SHOWN.test(name));
  const rest = run.results.filter(
    ({ compared, name, figures }) =>
      compared && figures.glibc && !SHOWN.test(name) && !NOT_SHOWN.test(name),
  );
  const majors = others.map(({ machine }) => majorOf(machine.node));
  const head = [
    'workload (@threads)',
    'hakmem, M/s',
    ...PEERS.map((peer) => `÷ ${peer}`),
    ...majors.map((major) => `÷ glibc, Node ${major}`),
  ];
  const rows = main.map((result) => [
    result.group.includes('per thread') ? `${result.name}, each` : result.name,
    formatFigure(summarize(result.figures[SELF]).median, result.unit),
    ...PEERS.map((peer) => ratioText(result, peer)),
    ...others.map(({ results }) => {
      const same = results.find(({ name }) => name === result.name);
      return same === undefined ? '' : ratioText(same, 'glibc');
    }),
  ]);
  for (const name of new Set(rest.map(familyOf))) {
    const family = rest.filter((result) => familyOf(result) === name);
    rows.push([
      family.length > 1 ? `${name}, mean of ${family.length}` : name,
      '',
      ...PEERS.map((peer) => meanText(family, peer)),
      ...others.map(({ results }) => {
        const names = new Set(family.map((result) => result.name));
        return meanText(
          results.filter((result) => names.has(result.name)),
          'glibc',
        );
      }),
    ]);
  }
  const { machine } = run;
  return [
    `hakmem in JavaScript beside allocators in C, each running the same program, on`,
    `${machinesOf(run)}; Node ${majorOf(machine.node)}. \`npm run bench -- --json FILE\` measures,`,
    '`npm run bench:report` draws; all figures, those of JavaScript allocators too, are in',
    '`docs/bench/index.html` of the repository ([how it measures](docs/bench/README.md)).',
    '',
    'A ratio is the median of the rounds, with their extremes; above 1 hakmem is faster.',
    '',
    table(head, rows),
    '',
    measuredWhen(run.results),
    'hakmem gives no memory back to the system, which takes mimalloc and jemalloc most of their time in `large`:',
    '`npm run bench -- large --against keep` measures them told to keep it too.',
    '',
    '![Throughput beside native allocators](docs/bench/native.svg)',
  ].join('\n');
}

function ratioText({ figures }: Result, peer: string): string {
  return figures[peer] ? formatRatio(ratioOf(figures[SELF], figures[peer])) : '';
}

function meanText(family: readonly Result[], peer: string): string {
  const mean = family.length === 0 ? undefined : meanOf(family, peer);
  return mean ? formatRatio(mean) : '';
}

/** One thread and several apart, and all traces together. */
function familyOf({ group, name, threads }: Result): string {
  if (group === REPLAY_GROUP) return 'traces';
  const [family] = name.split('/');
  return name.includes('@') ? `${family}@${threads}` : family;
}

/** The machine of most workloads, and which ones the others measured. */
function machinesOf(run: StoredRun): string {
  const [[main], ...others] = byMachine(run);
  const pieces = others.map(([there, names]) => {
    const families = new Set(names.map((name) => name.split('/')[0]));
    return `${[...families].join(' and ')} on ${there}`;
  });
  return [main, ...pieces].join(', ');
}

/** A stored run may be made in pieces. */
function measuredWhen(results: readonly Result[]): string {
  const days = [...new Set(results.map(({ date }) => date.slice(0, 10)))].sort();
  const builds = new Set(results.map(({ hakmem }) => hakmem?.match(/\((\w+)/)?.[1]));
  builds.delete(undefined);
  const span = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0];
  return builds.size === 0
    ? `Measured ${span}.`
    : `Measured ${span}, at ${[...builds].join(', ')}.`;
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
