/** docs/ab/README.md: how to read the comparisons, and one row for each. */
import { FLAG_TABLE } from '../../src/base/flags.js';
import { describeMachine } from '../lib/machine.js';
import { formatPercent, formatSigned } from '../lib/units.js';
import { capital, intervalText, type Judged, pageName } from './page-subject.js';
import { isFlag, subjectOf } from './subjects.js';
import { BAND } from './verdict.js';

const introduction = `# A/B runs

<!-- Written by \`npm run ab -- --all\` and \`npm run ab -- --pages\`; do not edit. -->

Each row compares two bundles of the same source that differ in one build flag, on a workload that
reaches what the flag observes. A pair is two fresh processes with a clean environment, one a bundle,
that are warmed up and then take short rounds by turns; it gives one ratio, the median of its rounds'.
The improvement is the median ratio over all pairs: by how much *compiling the flag out* makes
operations faster. Its interval is a 95 % bootstrap over the pairs.

| verdict | when |
| --- | --- |
| GO | compiled out is better by more than ${percent(BAND)}, and the interval lies above 0 |
| NO-GO | compiled out is worse by more than ${percent(BAND)}, and the interval lies below 0 |
| NEUTRAL | within ±${percent(BAND)}, by an interval no wider than that; compiled out for cleanliness |
| UNDECIDED | the interval is too wide for that; the flag's page says how many pairs would do |

Events per operation are counted with the flag on; for a workload that reaches nothing there is no
run. What an event costs is the improvement in nanoseconds, with its interval, for each of them.
Some twenty comparisons a Node, each with 95 % confidence and none corrected for the others: one that
ends just beyond the band may be there by chance, which the two equal builds below show the size of.
\`npm run ab -- FLAG\` repeats a row, \`npm run ab -- --help\` says what else can be compared, and every
round is kept under \`docs/ab/data/\` in the repository.`;

export function indexPage(all: readonly Judged[]): string {
  const nodes = [...new Set(all.map(({ node }) => node))];
  const sections = nodes.map((node) => nodeSection(all.filter((one) => one.node === node)));
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

function nodeSection(rows: readonly Judged[]): string {
  const [{ node, machine }] = rows;
  const commits = [...new Set(rows.map(({ commit }) => commit))].join(', ');
  const flags = rows.filter(({ subject }) => isFlag(subject));
  const named = (...names: string[]) => rows.filter(({ subject }) => names.includes(subject));
  return [
    `## Node ${node.slice(1)}`,
    `${describeMachine(machine)}; commit ${commits}.`,
    flagTable(flags),
    '### All counters at once',
    'Measured with every `_COMPILED` flag on, not summed from the rows above.',
    plainTable(named('all-counters-fast-path', 'all-counters-slow-path')),
    '### The harness itself',
    plainTable(named('equal-builds', 'planted-atomic', 'planted-cell')),
    ...costSection(named('planted-atomic', 'planted-cell')),
  ].join('\n\n');
}

function flagTable(rows: readonly Judged[]): string {
  const head = [
    '| flag | what it adds | path | workload | events per operation | ns per event | improvement | 95 % interval | verdict |',
    '| --- | --- | --- | --- | ---: | --- | ---: | --- | --- |',
  ];
  const order = Object.keys(FLAG_TABLE);
  const sorted = [...rows].sort((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject));
  return [...head, ...sorted.map(flagRow)].join('\n');
}

function flagRow(row: Judged): string {
  const { subject, workload, reached } = row;
  if (!isFlag(subject)) throw new Error(`${subject} is no flag`);
  const { cost, path } = FLAG_TABLE[subject];
  const each = reached === undefined ? '' : (reached.events / reached.operations).toPrecision(2);
  return `| ${[link(subject), cost, path, workload, each, eventCost(row), ...results(row)].join(' | ')} |`;
}

/** Nanoseconds that compiling out saves for each event, and their interval. */
function eventCost({ reached, judgement }: Judged): string {
  if (reached === undefined) return '';
  const { improvement, low, high, off } = judgement;
  const cost = (share: number): string => {
    const time = (share * off.median * reached.operations) / reached.events;
    const digits = Math.abs(time) >= 100 ? 0 : 1;
    return formatSigned(time, digits);
  };
  return `${cost(improvement)} (${cost(low)} to ${cost(high)})`;
}

function plainTable(rows: readonly Judged[]): string {
  return [
    '| | what the second build has | workload | improvement | 95 % interval | verdict |',
    '| --- | --- | --- | ---: | --- | --- |',
    ...rows.map((row) => {
      const { about } = subjectOf(row.subject);
      return `| ${[link(row.subject), about, row.workload, ...results(row)].join(' | ')} |`;
    }),
  ].join('\n');
}

function results({ judgement }: Judged): string[] {
  return [formatPercent(judgement.improvement), intervalText(judgement), judgement.verdict];
}

/** Every second operation of random-mixed is a malloc, and the counter stands in malloc. */
const OPERATIONS_PER_MALLOC = 2;

function costSection(rows: readonly Judged[]): string[] {
  if (rows.length === 0) return [];
  const cost = (share: number, { judgement }: Judged) =>
    formatSigned(share * judgement.off.median * OPERATIONS_PER_MALLOC, 2);
  return [
    '### What one counter costs',
    'The same counter in malloc, made in each way; nanoseconds per malloc, from the runs above.',
    [
      '| counter | ns per malloc | 95 % interval |',
      '| --- | ---: | --- |',
      '| none | 0 | |',
      ...rows.map((row) => {
        const { improvement, low, high } = row.judgement;
        const interval = `${cost(low, row)} to ${cost(high, row)}`;
        return `| ${capital(subjectOf(row.subject).about)} | ${cost(improvement, row)} | ${interval} |`;
      }),
    ].join('\n'),
  ];
}

function link(subject: string): string {
  return `[${subject}](${pageName(subject)})`;
}

function percent(share: number): string {
  return formatPercent(share)
    .replace('+', '')
    .replace(/\.?0+ %/, ' %');
}
