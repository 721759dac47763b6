/** Why a measured process failed. */

/** A damaged heap says everything that is wrong with it; its first part is enough here. */
const MOST_CHARACTERS = 300;

/**
 * One line of what it said: the error itself, which Node prints behind the line of the source that
 * threw it.
 */
export function reasonOf({ message, stderr = '' }: Error & { stderr?: string }): string {
  const lines = stderr.split('\n');
  const said =
    lines.find((line) => /^\w*Error\b/.test(line)) ??
    lines.find((line) => /error|memory/i.test(line));
  const reason = (said ?? message.split('\n')[0]).trim();
  return reason.length > MOST_CHARACTERS ? `${reason.slice(0, MOST_CHARACTERS - 1)}…` : reason;
}
