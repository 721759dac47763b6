/** The command line of the benchmarks. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { newCommand } from '../scripts/command.mjs';
import { PEER_GROUPS, PEER_NAMES } from './peers/index.js';
import { chooseWorkloads, workloads } from './workloads/index.js';
import type { Workload } from './workloads/workload.js';

export interface CommandLine {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly against: readonly string[];
  /** Other builds of hakmem: files or git revisions. */
  readonly beside: readonly string[];
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly compare: string | undefined;
}

interface Options {
  readonly rounds: number;
  readonly threads: readonly number[];
  readonly against: readonly string[];
  readonly beside: readonly string[];
  readonly json?: string;
  readonly report?: string;
  readonly compare?: string;
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = newCommand('npm run bench --')
    .description(
      'Measures hakmem against other allocators on the same work, in the same run: rounds by ' +
        'turns, each in a fresh process with a clean environment. Keep the machine quiet meanwhile. ' +
        'Ctrl-C ends it early and keeps what was measured.',
    )
    .argument('[names...]', `workloads, such as larson or replay/python: ${families()}`)
    .addOption(
      new Option('--rounds <count>', 'how often each contender runs')
        .default(5)
        .argParser((text) => parseCount(text, 1000)),
    )
    .addOption(
      new Option('--threads <counts>', 'numbers of threads, for the workloads that take several')
        .default([1, 2], '1,2')
        .argParser((text) => parseCounts(text, 64)),
    )
    .option(
      '--against <names...>',
      `peers: ${[...PEER_NAMES, ...Object.keys(PEER_GROUPS)].join(', ')}`,
      ['native'],
    )
    .option(
      '--beside <builds...>',
      'other builds of hakmem, by turns with this one: git revisions, or bundles that ' +
        '`npm run build -- --out FOLDER` made of changed sources',
      [],
    )
    .option(
      '--json <file>',
      'store every round in this file, beside what it has of others',
      inFolder,
    )
    .option('--report <file>', 'write an HTML report of what was measured', inFolder)
    .option('--compare <file>', 'show hakmem beside the figures of a stored run', existing);
  command.parse(argv, { from: 'user' });

  const { rounds, threads, against, beside, json, report, compare } = command.opts<Options>();
  try {
    const chosen = chooseWorkloads(workloads(threads), command.args);
    const peers = peersOf(against);
    return { workloads: chosen, rounds, against: peers, beside, json, report, compare };
  } catch (error) {
    if (error instanceof RangeError) command.error(`error: ${error.message}`);
    throw error;
  }
}

function families(): string {
  const names = workloads([1, 2]).map(({ name }) => name.split('/')[0]);
  return `${[...new Set(names)].join(', ')} (default: all)`;
}

function peersOf(names: readonly string[]): string[] {
  const peers = names
    .flatMap((name) => name.split(','))
    .flatMap((name) => {
      const known = PEER_GROUPS[name] ?? (PEER_NAMES.includes(name) ? [name] : undefined);
      if (known !== undefined) return known;
      const all = [...PEER_NAMES, ...Object.keys(PEER_GROUPS)].join(', ');
      throw new RangeError(`no peer '${name}'; there are ${all}`);
    });
  return [...new Set(peers)];
}

/** The whole number that a text is; 0 when it is none from 1 to `most`. */
function countOf(text: string, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return count <= most ? count : 0;
}

function parseCount(text: string, most: number): number {
  const count = countOf(text, most);
  if (count > 0) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}

function parseCounts(text: string, most: number): number[] {
  const counts = text.split(',').map((count) => countOf(count, most));
  if (!counts.includes(0)) return counts;
  throw new InvalidArgumentError(`It must be whole numbers from 1 to ${most}, such as 1,2.`);
}

/** Asked before anything is measured, since a run takes long and is stored at its end. */
function inFolder(file: string): string {
  if (existsSync(dirname(file))) return file;
  throw new InvalidArgumentError(`There is no folder ${dirname(file)}.`);
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw new InvalidArgumentError('There is no such file.');
}
