/** The command line of the mixed runner. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { newCommand } from '../../scripts/command.mjs';
import { MIXED_WORKLOADS, type Profile, PROFILES } from './profiles.js';

export interface CommandLine {
  readonly workloads: readonly string[];
  readonly profile: Profile;
  readonly runs: number;
  /** The folder for the runs' files. */
  readonly json: string | undefined;
  /** Files to report instead of running. */
  readonly reported: readonly string[];
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = mixedCommand();
  command.parse(argv, { from: 'user' });
  const names = command.args.length === 0 ? ['random-mixed'] : command.args;
  const known = Object.keys(MIXED_WORKLOADS);
  const workloads = names.flatMap((name) => (name === 'all' ? known : [name]));
  for (const name of workloads) {
    if (!known.includes(name)) {
      command.error(`error: no workload '${name}'; there are ${known.join(', ')} and all`);
    }
  }
  const { profile, runs, json, report } = command.opts<{
    profile: Profile;
    runs: number;
    json?: string;
    report?: string[];
  }>();
  return { workloads, profile, runs, json, reported: report ?? [] };
}

function mixedCommand(): Command {
  return newCommand('npm run bench:mixed --')
    .description(
      'Runs a workload ten times, each in a fresh process with a clean environment, and prints ' +
        'mean, median, extremes and deviation of its operations per second.',
    )
    .argument('[names...]', `${Object.keys(MIXED_WORKLOADS).join(', ')} or all`)
    .addOption(
      new Option('--profile <name>', 'how long a run takes').choices(PROFILES).default('default'),
    )
    .option('--runs <count>', 'how often each workload runs', parseRuns, 10)
    .option('--json <folder>', "where each workload's runs are written (default: build/mixed)")
    .option('--report <files...>', 'only print what such files hold');
}

function parseRuns(text: string): number {
  const runs = /^\d+$/.test(text) ? Number(text) : 0;
  if (runs >= 1 && runs <= 1000) return runs;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}
