/** The command line of the A/B runs. */
import { type Command, InvalidArgumentError } from 'commander';
import { newCommand } from '../../scripts/command.mjs';
import { nodeOption } from '../lib/node-binary.js';
import { type Subject, subjectOf } from './subjects.js';
import { LEAST_PAIRS } from './verdict.js';
import { isWorkload, type WorkloadName, WORKLOADS } from './workloads/index.js';

export type Task =
  | { readonly do: 'compare'; readonly subject: Subject }
  | { readonly do: 'against'; readonly revision: string }
  | { readonly do: 'all' }
  | { readonly do: 'pages' }
  | { readonly do: 'runs'; readonly files: readonly [string, string] };

export interface CommandLine {
  readonly task: Task;
  readonly workload: WorkloadName | undefined;
  readonly pairs: number;
  /** Major version or path of the Node binary that is measured; undefined for this one. */
  readonly node: string | undefined;
  readonly resume: boolean;
  /** Stores the comparison where the pages are made from. */
  readonly documented: boolean;
}

const DEFAULT_PAIRS = 30;

interface Flags {
  readonly workload?: WorkloadName;
  readonly pairs: number;
  readonly node?: string;
  readonly all?: true;
  readonly against?: string;
  readonly pages?: true;
  readonly runs?: string[];
  readonly resume?: true;
  readonly documented?: true;
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = abCommand();
  command.parse(argv, { from: 'user' });
  const { workload, pairs, node, resume, documented, ...flags } = command.opts<Flags>();
  return {
    task: taskOf(command, flags),
    workload,
    pairs,
    node,
    resume: resume ?? false,
    documented: documented ?? false,
  };
}

function abCommand(): Command {
  const command = newCommand('npm run ab --')
    .description(
      'Compares two builds of the library in pairs of fresh processes and gives a verdict: GO ' +
        '(compiled out is better by more than 0.5 %), NO-GO, NEUTRAL or UNDECIDED.',
    )
    .argument('[subject]', 'a build flag, planted-atomic, equal-builds, ...')
    .option(
      '--workload <name>',
      `instead of the subject's own: ${Object.keys(WORKLOADS).join(', ')}`,
      parseWorkload,
    )
    .option(
      '--pairs <count>',
      `pairs of processes, at least ${LEAST_PAIRS}`,
      parsePairs,
      DEFAULT_PAIRS,
    )
    .addOption(nodeOption())
    .option('--all', 'every flag and the harness itself; then writes docs/ab/')
    .option('--against <revision>', 'the library as it stands against a git revision')
    .option('--runs <files...>', 'two files of npm run bench:mixed, run by run')
    .option('--pages', 'only write docs/ab/ from the stored runs')
    .option('--documented', 'store the run where docs/ab/ is made from, as --all does')
    .option('--resume', 'go on from stored pairs of the same two builds');
  return command;
}

function taskOf(command: Command, { all, against, pages, runs }: Partial<Flags>): Task {
  const [name] = command.args;
  const given = [name, all, against, pages, runs].filter((value) => value !== undefined);
  if (given.length !== 1) {
    command.error('error: give one of a subject, --all, --against, --runs and --pages');
  }
  if (all) return { do: 'all' };
  if (pages) return { do: 'pages' };
  if (against !== undefined) return { do: 'against', revision: against };
  if (runs !== undefined) {
    const [first, second] = runs;
    if (runs.length === 2) return { do: 'runs', files: [first, second] };
    command.error(`error: --runs wants two files, not ${runs.length}`);
  }
  try {
    return { do: 'compare', subject: subjectOf(name) };
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

function parseWorkload(name: string): WorkloadName {
  if (isWorkload(name)) return name;
  throw new InvalidArgumentError(`There are ${Object.keys(WORKLOADS).join(', ')}.`);
}

function parsePairs(text: string): number {
  const pairs = /^\d+$/.test(text) ? Number(text) : 0;
  if (pairs >= LEAST_PAIRS && pairs <= 10_000) return pairs;
  throw new InvalidArgumentError(`It must be a whole number from ${LEAST_PAIRS} to 10000.`);
}
