/** Numbers of a command line, for commander: anything else ends the program with a message. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(least: number, most = 2 ** 32 - 1): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Minutes, such as 30 or 0.5. */
export function minutesOf(text: string): number {
  if (/^\d*\.?\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a number of minutes above 0, such as 30 or 0.5.');
}
