/** The report: one HTML file that needs nothing else, readable on a phone. */
import { type Ratio, ratioOf, summarize } from '../lib/statistics.js';
import { formatBytes } from '../lib/units.js';
import { formatFigure, formatSummary } from '../output/format.js';
import { meanOf, peersOf } from '../output/tables.js';
import { byMachine, processorsOf, type Result, type StoredRun } from '../results.js';
import { baseName } from '../workloads/index.js';
import { SHARES } from '../workloads/threads.js';
import { REPLAY_GROUP } from '../workloads/traces.js';
import { SELF } from '../workloads/workload.js';
import { bars, growth, memory } from './charts.js';
import { STYLE } from './style.js';

export function renderHtml(runs: readonly StoredRun[]): string {
  const [first, ...others] = runs;
  const { machine, results } = first;
  const growing = ['live-blocks', 'live-bytes', 'attached-threads'];
  const compared = results.filter((result) => result.compared);
  const plain = compared.filter(({ name }) => !growing.includes(family(name)));
  const groups = [...new Set(plain.map(({ group }) => group))];
  const sections = [
    `<h1>hakmem beside other allocators</h1>`,
    machineTable(first),
    METHOD,
    `<h2>hakmem ÷ peer, Node ${machine.node.replace(/^v/, '')}</h2>`,
    buildsOf(first),
    ratioTable(plain.filter(isRate)),
    ...others.flatMap((run) => [
      `<h2>hakmem ÷ peer, Node ${run.machine.node.replace(/^v/, '')}</h2>`,
      buildsOf(run),
      ratioTable(run.results.filter((result) => isRate(result) && result.compared)),
    ]),
    `<h2>Two threads over one</h2>`,
    threadTable(results),
    `<h2>As things grow</h2>`,
    ...growthCharts(results),
    `<h2>Memory in the course of the replays</h2>`,
    ...memoryCharts(results),
    `<h2>Each workload</h2>`,
    ...groups.flatMap((group) => workloadSection(plain.filter((one) => one.group === group))),
    `<h2>hakmem alone</h2>`,
    ownTable(results),
  ];
  return page(sections.join('\n'));
}

const METHOD = `<p>Each figure is the median of the rounds ± half the distance of the extremes. hakmem
and its peers ran by turns, each time in a process of its own. A ratio is the median of the rounds'
ratios with their extremes, or from six rounds on its 95 % bootstrap interval; above 1 hakmem is the faster one. Native allocators run the
same program in C, with the same seeds and sizes; allocators in JavaScript run hakmem's own program.
Those that serve one thread have one instance a thread, and hand over by copying in messages (xmalloc,
larson) or not at all (mstress, rptest).</p>`;

const family = (name: string) => name.split('/')[0];
const isRate = ({ unit }: Result) => unit.endsWith('/s');

function page(body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hakmem benchmarks</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function machineTable(run: StoredRun): string {
  const { memoryBytes, system, node, v8, versions } = run.machine;
  const rows = [
    ['machine', `${processorsOf(run.machine)}, ${formatBytes(memoryBytes)}, ${system}`],
    ['Node', `${node}, V8 ${v8}`],
    ...Object.entries(versions),
  ];
  return `<table class="about">${rows
    .map(([key, value]) => `<tr><th>${escape(key)}</th><td>${escape(value)}</td></tr>`)
    .join('')}</table>`;
}

/** Which build of hakmem was measured, where a run was made in pieces which one for which workloads. */
function buildsOf(run: StoredRun): string {
  const builds = new Map<string, Set<string>>();
  for (const { name, hakmem = 'a build that was not noted' } of run.results) {
    builds.set(hakmem, (builds.get(hakmem) ?? new Set()).add(family(name)));
  }
  const parts = [...builds].map(([build, names]) =>
    builds.size === 1 ? build : `${build}: ${[...names].join(', ')}`,
  );
  return `<p>Measured: hakmem ${escape(parts.join('; '))}.${escape(othersOf(run))}</p>`;
}

/** Which workloads were measured on other machines than the run's. */
function othersOf(run: StoredRun): string {
  const own = processorsOf(run.machine);
  const others = [...byMachine(run)].filter(([there]) => there !== own);
  const parts = others.map(
    ([there, names]) => ` On ${there}: ${[...new Set(names.map(family))].join(', ')}.`,
  );
  return parts.join('');
}

function ratioTable(results: readonly Result[]): string {
  const peers = peersOf(results);
  const rows = results.map(({ name, unit, figures }) => [
    escape(name),
    formatSummary(figures[SELF], unit),
    ...peers.map((peer) => (figures[peer] ? ratioCell(ratioOf(figures[SELF], figures[peer])) : '')),
  ]);
  const replays = results.filter(({ group }) => group === REPLAY_GROUP);
  if (replays.length > 1) {
    const means = peers.map((peer) => {
      const mean = meanOf(replays, peer);
      return mean === undefined ? '' : ratioCell(mean);
    });
    rows.push(['replay, geometric mean', '', ...means]);
  }
  return table(['', 'hakmem<br>M/s', ...peers.map(escape)], rows);
}

function ratioCell({ median, low, high }: Ratio): string {
  const digits = median >= 10 ? 0 : 2;
  const kind = low >= 1 ? 'ahead' : high < 1 ? 'behind' : 'even';
  const interval = `${low.toFixed(digits)}–${high.toFixed(digits)}`;
  return `<span class="${kind}">${median.toFixed(digits)}<small>${interval}</small></span>`;
}

function threadTable(results: readonly Result[]): string {
  const pairs = results.flatMap((two) => {
    const one = results.find(({ name }) => name === baseName(two.name) && name !== two.name);
    return two.threads === 2 && one !== undefined ? [{ one, two }] : [];
  });
  const contenders = [SELF, ...peersOf(pairs.map(({ two }) => two))];
  const rows = pairs.map(({ one, two }) => [
    escape(one.name),
    ...contenders.map((name) => {
      const [before, after] = [one.figures[name], two.figures[name]];
      if (before === undefined || after === undefined) return '';
      return (summarize(after).median / summarize(before).median).toFixed(2);
    }),
  ]);
  return table(['', ...contenders.map(escape)], rows);
}

function growthCharts(results: readonly Result[]): string[] {
  const of = (name: string) => results.filter((result) => family(result.name) === name);
  const blocks = ({ parameters }: Result) => Number(parameters.blocks);
  const mean = ({ parameters: { lo, hi } }: Result) => (Number(lo) + Number(hi)) / 2;
  const charts: [string, string, (result: Result) => number][] = [
    ['attached-threads', 'threads at work', ({ threads }) => threads],
    ['live-blocks', 'live blocks', blocks],
    ['live-bytes', 'live bytes', (result) => blocks(result) * mean(result)],
  ];
  return charts
    .filter(([name]) => of(name).length > 1)
    .map(([name, label, size]) =>
      figure(`${of(name)[0].group}; ns per operation`, growth(of(name), label, size)),
    );
}

function memoryCharts(results: readonly Result[]): string[] {
  return results
    .filter(({ courses }) => SELF in courses)
    .map(({ name, courses }) => figure(`${name.replace('footprint/', '')}, MiB`, memory(courses)));
}

function workloadSection(results: readonly Result[]): string[] {
  const parameters = [...new Set(results.map((one) => JSON.stringify(one.parameters)))];
  const said = parameters.map((text) => text.replace(/[{}"]/g, '').replace(/,/g, ', '));
  const failed = results.flatMap(({ name, failures }) =>
    Object.entries(failures).map(([peer, why]) => `${peer} has no figure for ${name}: ${why}`),
  );
  return [
    figure(results[0].group, bars(results)),
    `<details><summary>parameters</summary><p>${said.map(escape).join('<br>')}</p></details>`,
    ...failed.map((line) => `<p class="note">${escape(line)}</p>`),
  ];
}

function ownTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ name, unit, figures, own, compared }) => {
    const single: Record<string, readonly number[]> =
      compared || figures[SELF] === undefined ? {} : { [name]: figures[SELF] };
    return Object.entries({ ...single, ...own }).map(([title, values]) => [
      escape(title),
      formatFigure(summarize(values).median, SHARES.includes(title) ? 'share' : unit),
      SHARES.includes(title) ? '' : unit,
    ]);
  });
  return table(['', 'median', 'unit'], rows);
}

function figure(title: string, svg: string): string {
  return `<figure><figcaption>${escape(title)}</figcaption>${svg}</figure>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? `<th>${cell}</th>` : `<td>${cell}</td>`)).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  const headCells = head.map((cell) => `<th>${cell}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${headCells}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
