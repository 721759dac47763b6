/** The command line of a replay. */
import { InvalidArgumentError, Option } from 'commander';
import { newCommand } from '../../scripts/command.mjs';
import { bundledTraces } from '../lib/trace-files.js';
import { parseBytes } from '../lib/units.js';

export interface CommandLine {
  readonly trace: readonly string[];
  /** Undefined: one per recorded thread. */
  readonly workers: number | undefined;
  readonly handover: number;
  readonly seed: number;
  readonly heap: number;
  readonly max: number;
  readonly json: boolean;
}

const MIB = 2 ** 20;
const DEFAULT_MAX = 1024 * MIB;
const LARGEST_HEAP = 4096 * MIB;

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = newCommand('npm start --')
    .description(
      'Replays recorded allocation traces of real programs in one shared heap, all at the same ' +
        'time, on the workers of a piscina pool. Every block is filled with a pattern of its own ' +
        'that is checked before the block is freed or moved, and a share of the frees is handed ' +
        'to other workers. At the end the heap is verified.',
    )
    .option(
      '--trace <names or files...>',
      `traces to replay, of ${bundledTraces().join(', ')}, or files of your own (traces/README.md)`,
      ['gcc-cc1', 'sqlite', 'node-threads'],
    )
    .addOption(
      new Option(
        '--workers <count>',
        'worker threads: at least one per trace; those beyond one per recorded thread only free ' +
          'what others hand to them (default: one per recorded thread, and two at least)',
      ).argParser(integerFrom(1, 1023)),
    )
    .addOption(
      new Option('--handover <share>', 'share of the frees that another worker does, 0 to 1')
        .default(0.5)
        .argParser(parseShare),
    )
    .addOption(
      new Option('--seed <number>', 'seed of what is handed over, and to whom')
        .default(1)
        .argParser(integerFrom(0, 2 ** 32 - 1)),
    )
    .addOption(
      new Option('--heap <size>', 'initial size of the heap, such as 64MiB')
        .default(16 * MIB, '16MiB, or --max where that is less')
        .argParser(parseSize),
    )
    .addOption(
      new Option(
        '--max <size>',
        'size that the heap may grow to (default: 1GiB, or the initial size where that is more)',
      ).argParser(parseSize),
    )
    .option('--json', 'print the result as JSON on standard output', false)
    .addHelpText(
      'after',
      '\nThe exit code is 0 when all went well, 1 when the heap did anything wrong or was\n' +
        'exhausted, 2 when an option or a trace cannot be used.',
    );
  command.parse(argv, { from: 'user' });

  const options = command.opts<Omit<CommandLine, 'max'> & { max?: number }>();
  const max = options.max ?? Math.max(DEFAULT_MAX, options.heap);
  const isGiven = command.getOptionValueSource('heap') !== 'default';
  const heap = isGiven ? options.heap : Math.min(options.heap, max);
  if (heap > max) command.error('error: --heap is more than --max');
  if (options.workers !== undefined && options.workers < options.trace.length) {
    command.error(
      `error: --workers ${options.workers} is too few: the ${options.trace.length} traces are ` +
        'replayed at the same time, each by a worker of its own at least',
    );
  }
  if (options.workers === 1 && options.handover > 0) {
    command.error('error: --workers 1 leaves no other worker to hand blocks to; add --handover 0');
  }
  return { ...options, heap, workers: options.workers, max };
}

function integerFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function parseShare(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

function parseSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes > 0 && bytes <= LARGEST_HEAP) return bytes;
  throw new InvalidArgumentError('It must be a size such as 64MiB, 1GiB or 1048576, up to 4GiB.');
}
