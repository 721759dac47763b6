/**
 * `node scripts/node-binary.mjs 24` prints the path of a Node binary of that major version: the own
 * one, or that of the package which carries it for this platform, kept in node_modules/.cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './bundle.mjs';

/** The major versions that hakmem supports. */
export const supported = ['20', '22', '24', '26'];

/**
 * @param {string} major
 * @returns {string} path of a Node binary of that major version
 */
export function nodeBinary(major) {
  if (!supported.includes(major)) {
    throw new RangeError(`there is Node ${supported.join(', ')}, not '${major}'`);
  }
  if (major === process.versions.node.split('.')[0]) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const prefix = join(root, 'node_modules', '.cache', 'node-matrix', major);
  const binary = join(
    prefix,
    'node_modules',
    name,
    'bin',
    platform === 'win' ? 'node.exe' : 'node',
  );
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true });
    execFileSync('npm', ['install', '--no-save', '--prefix', prefix, `${name}@${major}`], {
      cwd: prefix,
      // What npm says is no part of the answer.
      stdio: ['inherit', process.stderr, process.stderr],
      shell: process.platform === 'win32',
    });
  }
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(nodeBinary(process.argv[2] ?? ''));
}
