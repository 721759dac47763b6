/** The command line of the count of instructions. */
import { newCommand } from '../../scripts/command.mjs';
import { nodeOption } from '../lib/node-binary.js';
import { isLoop, LOOP_NAMES, type LoopName } from './loops.js';

export interface CommandLine {
  readonly loops: readonly LoopName[];
  /** Major version or path of the Node binary whose code is counted; undefined for this one. */
  readonly node: string | undefined;
  /** Another build to count as well: a bundle or a git revision. */
  readonly against: string | undefined;
  readonly listing: boolean;
}

/** Parses and checks the arguments; ends the process with a message when they are wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const command = newCommand('npm run bench:code --')
    .description(
      'Counts the instructions of malloc and free in a hot loop: those of the machine code that V8 ' +
        'makes of the loop and prints, on the way of a turn that makes no call. That is the fast ' +
        'path and the loop around it.',
    )
    .argument('[loops...]', `${LOOP_NAMES.join(', ')} (default: all)`)
    .addOption(nodeOption())
    .option('--against <build>', 'count another build too: a git revision or a bundle')
    .option('--listing', 'print the instructions themselves, too', false);
  command.parse(argv, { from: 'user' });
  const loops = command.args.map((name) => {
    if (isLoop(name)) return name;
    return command.error(`error: no loop '${name}'; there are ${LOOP_NAMES.join(', ')}`);
  });
  return { ...command.opts<CommandLine>(), loops: loops.length === 0 ? LOOP_NAMES : loops };
}
