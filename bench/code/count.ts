/** Runs a loop in a process of its own, whose Node prints the loop's machine code, and counts it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reasonOf } from '../lib/child-error.js';
import { CLEAN_ENVIRONMENT, NODE_ARGUMENTS } from '../lib/clean-process.js';
import { FailureError } from '../lib/command-error.js';
import { type Instruction, parseListings } from './listing.js';
import type { LoopName } from './loops.js';
import { loopPath } from './path.js';

const run = promisify(execFile);
const PRINT = ['--print-opt-code', '--print-opt-code-filter=hot*'];

/**
 * The instructions of a turn, in the code that V8 made last.
 *
 * @param node path of the Node binary
 * @param program path of child.js of the build that is counted
 * @throws FailureError when the loop does not run, or its code cannot be read
 */
export async function countLoop(
  node: string,
  program: string,
  loop: LoopName,
): Promise<Instruction[]> {
  return turnOf(await printed(node, program, loop), loop);
}

async function printed(node: string, program: string, loop: LoopName): Promise<string> {
  const args = [...NODE_ARGUMENTS, ...PRINT, program, loop];
  try {
    const { stdout } = await run(node, args, {
      env: { ...CLEAN_ENVIRONMENT },
      maxBuffer: 2 ** 26,
    });
    return stdout;
  } catch (cause) {
    throw new FailureError(`${loop}: ${reasonOf(cause as Error)}`, { cause });
  }
}

/**
 * The instructions of a turn in what Node printed: in the code of `hot`, or of the function that it
 * calls where that was not written into it.
 *
 * @throws FailureError when there is no optimised code with such a loop
 */
export function turnOf(output: string, loop: string): Instruction[] {
  const listings = parseListings(output).filter(({ tier }) => tier.startsWith('TURBOFAN'));
  for (const name of ['hot', 'hotTurns']) {
    const last = listings.findLast((listing) => listing.name === name);
    const turn = last === undefined ? [] : loopPath(last.instructions);
    if (turn.length > 0) return turn;
  }
  throw new FailureError(
    `${loop}: this Node prints no optimised code of it, or none with a loop; ` +
      `V8 was asked by ${PRINT.join(' ')}`,
  );
}
