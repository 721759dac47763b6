/**
 * `npm run test:matrix [-- --only 20,24] [vitest arguments]`
 *
 * The whole test suite on each supported Node. The own one runs as it is, the others come from the
 * packages that carry Node's binary for this platform, kept in node_modules/.cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FAILED, newCommand, UNUSABLE } from './command.mjs';
import { nodeBinary, supported } from './node-binary.mjs';
import { readTotals } from './test-totals.mjs';
import { reportFolder, runVitest } from './vitest.mjs';

const program = newCommand('npm run test:matrix --')
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
  if (status !== 0) process.exitCode = status === UNUSABLE ? UNUSABLE : FAILED;
}
console.log(`\n${lines.join('\n')}`);
