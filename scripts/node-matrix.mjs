/**
 * `npm run test:matrix [-- --only 20,24] [vitest arguments]`
 *
 * The whole test suite on each supported Node. The own one runs as it is, the others come from the
 * packages that carry Node's binary for this platform, kept in node_modules/.cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { program } from 'commander';
import { root } from './bundle.mjs';
import { readTotals } from './test-totals.mjs';
import { reportFolder, runVitest } from './vitest.mjs';

const supported = ['20', '22', '24', '26'];
const ownMajor = process.versions.node.split('.')[0];

/**
 * @param {string} major
 * @returns {string} path of a Node binary of that major version
 */
function nodeBinary(major) {
  if (major === ownMajor) return process.execPath;
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
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  }
  return binary;
}

program
  .description('Runs the tests on each supported Node; other arguments go to vitest.')
  .option('--only <majors>', 'major versions, separated by commas', supported.join(','))
  .allowUnknownOption()
  .allowExcessArguments()
  .parse();
const majors = program
  .opts()
  .only.split(',')
  .map((/** @type {string} */ major) => major.trim());
for (const major of majors) {
  if (!supported.includes(major)) {
    program.error(`error: --only takes ${supported.join(', ')}, not '${major}'`);
  }
}

const lines = [];
for (const major of majors) {
  const node = nodeBinary(major);
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const report = join(reportFolder, `node-${major}.json`);
  rmSync(report, { force: true });
  console.log(`\nNode ${version}`);

  const started = performance.now();
  const status = runVitest(node, program.args);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const { passed, failed } = existsSync(report) ? readTotals(report) : { passed: 0, failed: 1 };
  lines.push(
    `Node ${version.padEnd(10)} ${passed} passed, ${failed} failed, exit code ${status}, ${seconds} s`,
  );
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${lines.join('\n')}`);
