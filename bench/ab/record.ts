/**
 * A comparison as it is stored: what was compared, where, and every round of every pair, so that a
 * page is made from it without another run, and a run that was cut short goes on where it ended.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, readJson } from '../lib/command-error.js';
import { projectFolder } from '../lib/project.js';
import { type Machine } from '../lib/machine.js';
import { type Pair } from './verdict.js';

export interface BuildNote {
  readonly label: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Comparison {
  readonly format: 1;
  /** A flag's name, or another subject's. */
  readonly subject: string;
  readonly workload: string;
  /** Of the processes that were measured. */
  readonly node: string;
  readonly arguments: readonly string[];
  readonly machine: Machine;
  readonly commit: string;
  readonly date: string;
  readonly off: BuildNote;
  readonly on: BuildNote;
  /** What the build with the subject counted on this workload, where it counts. */
  readonly reached?: Reach;
  readonly operationsPerStep: number;
  readonly stepsPerRound: number;
  readonly pairs: readonly Pair[];
}

export interface Reach {
  readonly counted: string;
  readonly events: number;
  readonly operations: number;
}

/** Where the documents' comparisons are kept, and those of any other run. */
export const DOCUMENTED = join(projectFolder(), 'docs', 'ab', 'data');
export const LATEST = join(projectFolder(), 'build', 'ab', 'runs');

export function majorOf(version: string): string {
  return /^v?(\d+)\./.exec(version)?.[1] ?? version;
}

/** @param folder `DOCUMENTED`, `LATEST` or another */
export function pathOf(folder: string, subject: string, workload: string, node: string): string {
  const name = subject.replace(/[^\w.-]+/g, '-');
  return join(folder, `node-${majorOf(node)}`, `${name}.${workload}.json`);
}

/** @throws CommandError when the file cannot be read, or is no comparison of this format */
export function readComparison(path: string): Comparison {
  const comparison = readJson(path) as Partial<Comparison>;
  if (comparison.format !== 1 || !Array.isArray(comparison.pairs)) {
    throw new CommandError(`${path} is no stored comparison`);
  }
  return comparison as Comparison;
}

/** One line for each pair, so that a run that goes on adds lines to the file. */
export function writeComparison(path: string, comparison: Comparison): void {
  const { pairs, ...rest } = comparison;
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, ',');
  const lines = pairs.map(({ off, on }) => `    ${JSON.stringify({ off, on })}`).join(',\n');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${head}\n  "pairs": [\n${lines}\n  ]\n}\n`);
}

/** What has to be the same for pairs to be of one comparison. */
type Conditions = Pick<Comparison, 'off' | 'on' | 'node' | 'arguments' | 'machine'>;

/** The stored pairs that another run may go on from: same builds, same Node, same machine. */
export function storedPairs(path: string, comparison: Conditions): Comparison | undefined {
  if (!existsSync(path)) return undefined;
  const stored = readComparison(path);
  const same =
    stored.off.sha256 === comparison.off.sha256 &&
    stored.on.sha256 === comparison.on.sha256 &&
    stored.node === comparison.node &&
    stored.arguments.join(' ') === comparison.arguments.join(' ') &&
    JSON.stringify(stored.machine) === JSON.stringify(comparison.machine);
  return same ? stored : undefined;
}

/** Four digits, which is finer than any clock here. */
export function rounded(times: readonly number[]): number[] {
  return times.map((time) => Number(time.toPrecision(4)));
}
