/** Errors of the commands' users: a sentence on standard error instead of a stack. */
import { readFileSync } from 'node:fs';
import { FAILED, UNUSABLE } from '../../scripts/command.mjs';

/** What whoever typed a command can mend, said in a sentence. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number = UNUSABLE;
}

/** What a command was to do and could not, said in a sentence. */
export class FailureError extends CommandError {
  override readonly name = 'FailureError';
  override readonly exitCode = FAILED;
}

/** Runs a command; a CommandError becomes a sentence and its exit code, every other error passes on. */
export async function runCommand(command: () => void | Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

/**
 * The JSON in a file.
 *
 * @throws CommandError when the file cannot be read, or holds something else
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${path} cannot be read: ${reason}`, { cause });
  }
}
