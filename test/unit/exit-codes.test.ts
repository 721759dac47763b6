/** What cannot be used ends every script with exit code 2; what was checked and failed, with 1. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/bundle.mjs';

const [major = ''] = process.versions.node.split('.');

function script(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [join('scripts', name), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

describe('exit code 2', () => {
  it.each([
    ['build.mjs', ['--flag', 'HAKMEM_NOTHING=1'], /^error: no build flag 'HAKMEM_NOTHING'/],
    ['build.mjs', ['--flag', 'HAKMEM_DEBUG_TIMING=2'], /^error: .* is 0 or 1, not '2'/],
    [
      'build.mjs',
      ['--flag', 'HAKMEM_DEBUG_TIMING=1', 'HAKMEM_BUILD_RELEASE=0'],
      /^error: impossible flags: .* since the table of times would show the invariant checks/,
    ],
    ['build.mjs', ['--debug'], /^error: --debug goes with --out/],
    ['build.mjs', ['all'], /^error: too many arguments/],
    ['variant.mjs', [], /^error: required option '--out <folder>'/],
    ['audit/main.mjs', ['--wirte'], /^error: unknown option '--wirte'/],
    ['node-matrix.mjs', ['--only', '7'], /^error: --only takes 20, 22, 24, 26, not '7'/],
    ['property-long.mjs', ['--seed', 'x'], /^error: .* It must be a whole number/],
    ['test-debug.mjs', ['--nonsense'], /^error: Unknown option `--nonsense`; .*\n$/],
    [
      'node-matrix.mjs',
      ['--only', major, '--nonsense'],
      /^error: Unknown option `--nonsense`; .*\n$/,
    ],
    ['../test/interleave/run.mjs', ['--nonsense'], /^error: unknown option '--nonsense'/],
    ['../test/interleave/run.mjs', ['--bound', 'x'], /^error: .* It must be a whole number/],
    [
      '../test/interleave/run.mjs',
      ['--scenario', 'no such structure'],
      /^error: no scenario has 'no such structure' in it/,
    ],
    ['fuzz.mjs', ['--cases', '0'], /^error: .* It must be a whole number from 1/],
    ['soak.mjs', ['--minutes', 'soon'], /^error: .* It must be a number of minutes/],
  ])('ends %s %j', (name, args, message) => {
    const { status, stderr } = script(name, ...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

it('exit code 0 ends --help', () => {
  const { status, stdout } = script('build.mjs', '--help');
  expect(stdout).toMatch(/^Usage: npm run build --/);
  expect(status).toBe(0);
});
