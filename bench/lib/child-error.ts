/** Why a measured process failed. */

/**
 * One line of what it said: the error itself, which Node prints behind the line of the source that
 * threw it.
 */
export function reasonOf({ message, stderr = '' }: Error & { stderr?: string }): string {
  const lines = stderr.split('\n');
  const said =
    lines.find((line) => /^\w*Error\b/.test(line)) ??
    lines.find((line) => /error|memory/i.test(line));
  return (said ?? message.split('\n')[0]).trim();
}
