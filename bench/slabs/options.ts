/** The command line of the simulation of slabs. */
import { newCommand } from '../../scripts/command.mjs';
import { bundledTraces } from '../lib/trace-files.js';
import { type Layout, LAYOUTS } from './layouts.js';

export interface CommandLine {
  readonly layouts: readonly Layout[];
  readonly traces: readonly string[];
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const known = Object.keys(LAYOUTS);
  const command = newCommand('npm run bench:slabs --')
    .description(
      'Puts the blocks of recorded traces into slabs of other layouts than the built one, with ' +
        'nothing cached, and prints the peak bytes of slabs for each peak live byte.',
    )
    .argument('[layouts...]', `${known.join(', ')} (default: all)`)
    .option(
      '--trace <names or files...>',
      `traces, of ${bundledTraces().join(', ')}, or files (default: all of these)`,
    );
  command.parse(argv, { from: 'user' });
  for (const name of command.args) {
    if (!known.includes(name)) {
      command.error(`error: no layout '${name}'; there are ${known.join(', ')}`);
    }
  }
  const names = command.args.length === 0 ? known : command.args;
  const { trace } = command.opts<{ trace?: string[] }>();
  return { layouts: names.map((name) => LAYOUTS[name]), traces: trace ?? bundledTraces() };
}
