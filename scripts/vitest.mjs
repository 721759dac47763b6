import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './bundle.mjs';

/** Folder of the reports that vitest.config.ts asks for: `node-<major>.json` per Node. */
export const reportFolder = join(root, 'build', 'test-results');

/**
 * Runs the tests once under a given Node.
 *
 * @param {string} node path of the Node binary
 * @param {readonly string[]} args for `vitest run`
 * @param {Record<string, string>} environment added to this process's own
 * @returns {number} the exit code, not 0 when anything failed
 */
export function runVitest(node, args, environment = {}) {
  const command = join(root, 'scripts', 'vitest-cli.mjs');
  const { status, error } = spawnSync(node, [command, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}
