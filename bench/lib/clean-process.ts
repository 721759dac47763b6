/**
 * How a measured process is started: with an environment that is spelled out, so that no NODE_OPTIONS
 * and nothing else of the caller's reaches it; in the A/B and the mixed runs with V8 compiling on the
 * thread that runs, too.
 */

/**
 * V8 otherwise optimises on a second thread, and when that is done decides what a function was seen
 * to do until then: processes of the same build then run at speeds that differ by some per cent. The
 * code it makes is as fast as the fastest of those.
 */
export const NODE_ARGUMENTS: readonly string[] = ['--no-concurrent-recompilation'];

export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  TZ: 'UTC',
  // Windows starts no process without it.
  ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
};

/** Variables of the caller's that would change what is measured, if they reached it; sorted. */
export function withheldVariables(): string[] {
  return Object.keys(process.env)
    .filter((name) => name.startsWith('HAKMEM_') || name === 'NODE_OPTIONS')
    .filter((name) => process.env[name] !== '')
    .sort();
}
