/** What the commands say of mistakes that only show when they run: one sentence, no stack. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';

const folder = mkdtempSync(join(tmpdir(), 'hakmem-commands-'));
beforeAll(bundleBenchmarks);
afterAll(() => rmSync(folder, { recursive: true }));

const entries = {
  ab: fileURLToPath(builtEntry('../../../bench/ab/main.ts', import.meta.url)),
  mixed: fileURLToPath(builtEntry('../../../bench/mixed/main.ts', import.meta.url)),
  bench: fileURLToPath(builtEntry('../../../bench/main.ts', import.meta.url)),
};
const noRun = fileURLToPath(new URL('../../../package.json', import.meta.url));
const absent = join(folder, 'absent.json');

function run(command: keyof typeof entries, args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [entries[command], ...args], {
    encoding: 'utf8',
  });
  return { status, errors: stderr.split('\n').filter((line) => line !== '') };
}

describe('a sentence is all that is said of', () => {
  it.each([
    ['ab', ['--runs', absent, absent], /absent\.json cannot be read: ENOENT/],
    ['ab', ['--runs', noRun, noRun], /package\.json holds no stored runs$/],
    ['ab', ['equal-builds', '--node', '99'], /It must be 20, 22, 24, 26 or the path of a Node/],
    ['ab', ['equal-builds', '--node', absent], /It must be 20, 22, 24, 26 or the path of a Node/],
    ['ab', ['equal-builds', '--node', noRun], /package\.json cannot be run: .*EACCES/],
    ['ab', ['--against', 'no-such-revision'], /no git revision 'no-such-revision'$/],
    ['mixed', ['--report', absent], /absent\.json cannot be read: ENOENT/],
    ['mixed', ['--report', noRun], /package\.json holds no stored runs$/],
    ['mixed', ['--runs', '1', '--json', join(noRun, 'x')], /--json: E/],
    ['bench', ['cold', '--compare', noRun], /package\.json holds no run of the benchmarks/],
  ] as const)('%s %j', (command, args, sentence) => {
    const { status, errors } = run(command, args);
    expect(status).toBe(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^error: /);
    expect(errors[0]).toMatch(sentence);
  });
});
