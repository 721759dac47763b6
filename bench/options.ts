/** The command line of the benchmarks. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { PEER_NAMES } from './native/toolchain.js';
import { chooseWorkloads, type Workload } from './workloads.js';

export interface CommandLine {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly json: string | undefined;
  readonly against: readonly string[];
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = new Command('npm run bench --')
    .description(
      'Measures hakmem against allocators in C on the same work, in the same run: rounds by ' +
        'turns, each in a fresh process. Keep the machine quiet meanwhile.',
    )
    .argument(
      '[names...]',
      'workloads, such as random-mixed or replay/python: random-mixed, xmalloc, replay, ' +
        'footprint, attach, memory, calls (default: all)',
    )
    .addOption(
      new Option('--rounds <count>', 'how often each contender runs')
        .default(5)
        .argParser(parseRounds),
    )
    .option('--json <file>', 'write every round to this file too')
    .option('--against <names...>', 'peers, or none', [...PEER_NAMES]);
  command.parse(argv, { from: 'user' });

  const { rounds, json, against } = command.opts<Omit<CommandLine, 'workloads'>>();
  const peers = against.flatMap((names) => names.split(',')).filter((name) => name !== 'none');
  for (const name of peers) {
    if (!PEER_NAMES.includes(name)) {
      command.error(`error: no peer '${name}'; there are ${PEER_NAMES.join(', ')} and none`);
    }
  }
  return { workloads: chosen(command), rounds, json, against: peers };
}

function chosen(command: Command): readonly Workload[] {
  try {
    return chooseWorkloads(command.args);
  } catch (error) {
    if (error instanceof RangeError) command.error(`error: ${error.message}`);
    throw error;
  }
}

function parseRounds(text: string): number {
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds >= 1 && rounds <= 1000) return rounds;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}
