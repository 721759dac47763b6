/**
 * The command line of every program here, with one convention for exit codes: 0 when all went well,
 * 1 when what was to be done or checked failed, 2 for options and input that cannot be used.
 */
import { Command, InvalidArgumentError } from 'commander';

export const FAILED = 1;
export const UNUSABLE = 2;

/** @param {string} [name] as it is typed, such as `npm run bench --` */
export function newCommand(name) {
  return new Command(name)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE));
}

/**
 * What an option's value must be: digits. Stays a text, since some go on as variables.
 *
 * @param {string} text
 */
export function wholeNumber(text) {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a whole number.');
}
