/** The page of one flag, or of another subject: what was compared, and what came out on each Node. */
import { FLAG_TABLE } from '../../src/base/flags.js';
import { describeMachine } from '../lib/machine.js';
import { formatCount, formatPercent } from '../lib/units.js';
import { type Comparison } from './record.js';
import { time } from './report.js';
import { isFlag, subjectOf } from './subjects.js';
import { type Judgement, judge, type Side } from './verdict.js';
import { isWorkload, WORKLOADS } from './workloads/index.js';

/** A stored comparison with what it says. */
export interface Judged extends Comparison {
  readonly judgement: Judgement;
  /** Of its file, from the data's folder. */
  readonly file: string;
}

export function judged(comparison: Comparison, file: string): Judged {
  return { ...comparison, judgement: judge(comparison.pairs), file: file.replaceAll('\\', '/') };
}

export function pageName(subject: string): string {
  return `${subject}.md`;
}

export function subjectPage(subject: string, comparisons: readonly Judged[]): string {
  return `${[`# ${subject}`, introduction(subject), ...comparisons.map(section)].join('\n\n')}\n`;
}

function introduction(subject: string): string {
  if (!isFlag(subject)) return `${capital(subjectOf(subject).about)}.`;
  const { observes, path, cost } = FLAG_TABLE[subject];
  return [
    `- What it observes: ${observes}`,
    `- Path: ${path}`,
    `- What it costs when compiled in: ${cost}`,
  ].join('\n');
}

function section(comparison: Judged): string {
  const { node, workload, judgement, machine, commit, date, file, pairs } = comparison;
  return [
    `## Node ${node.slice(1)}, ${workload}: ${judgement.verdict}`,
    `${improvementText(judgement)}${neededText(judgement)}`,
    [
      '| ns per operation | mean | median | spread | min | max | bundle |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      sideRow('compiled out', judgement.off, comparison.off.bytes),
      sideRow('compiled in', judgement.on, comparison.on.bytes),
    ].join('\n'),
    [
      `- Workload: ${workloadText(workload)}`,
      ...reachedText(comparison),
      `- ${pairs.length} pairs of processes, ${pairs[0].off.length} rounds a side in each, ` +
        `${formatCount(comparison.stepsPerRound * comparison.operationsPerStep)} operations a round`,
      `- ${describeMachine(machine)}; commit ${commit}, ${date}; every round is in ` +
        `\`docs/ab/data/${file}\` of the repository`,
      `- Again with \`npm run ab -- ${comparison.subject} --workload ${workload} ` +
        `--pairs ${pairs.length} --node ${node.slice(1).split('.')[0]}\``,
    ].join('\n'),
  ].join('\n\n');
}

/** `+1.2 % (+0.9 % to +1.6 %)` */
export function intervalText({ low, high }: Judgement): string {
  return `${formatPercent(low)} to ${formatPercent(high)}`;
}

function improvementText(judgement: Judgement): string {
  const { improvement } = judgement;
  const better = `Compiling it out changes the speed by ${formatPercent(improvement)}`;
  return `${better}, with 95 % confidence by ${intervalText(judgement)}.`;
}

function neededText({ pairsNeeded }: Judgement): string {
  return pairsNeeded === undefined ? '' : ` About ${pairsNeeded} pairs would decide.`;
}

function sideRow(name: string, { mean, median, deviation, min, max }: Side, bytes: number): string {
  const cells = [
    time(mean),
    time(median),
    `±${(deviation * 100).toFixed(1)} %`,
    time(min),
    time(max),
    `${formatCount(bytes)} B`,
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

function workloadText(name: string): string {
  return isWorkload(name) ? `${name}, ${WORKLOADS[name].about}` : name;
}

function reachedText({ reached }: Comparison): string[] {
  if (reached === undefined) return [];
  const { counted, events, operations } = reached;
  return [
    `- Reached: ${formatCount(events)} ${counted} counted in ${formatCount(operations)} operations`,
  ];
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
