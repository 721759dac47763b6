/** Errors of the commands' users: a sentence on standard error instead of a stack. */
import { readFileSync } from 'node:fs';

/** What whoever typed a command can mend, said in a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs a command; a CommandError becomes a sentence and exit code 1, every other error passes on. */
export async function runCommand(command: () => void | Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
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
