import { execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../../bench/results.js';
import { bundleLibrary, root } from '../../../scripts/bundle.mjs';
import { defines } from '../../../scripts/flags.mjs';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';

const program = fileURLToPath(builtEntry('../../../bench/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hakmem-command-'));

beforeAll(bundleBenchmarks);
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(path: string, args: readonly string[], env = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const bench = (...args: string[]) => run(program, args);

/** The command in a project of its own, whose only trace is broken. */
function projectWithBrokenTrace(): string {
  const project = join(folder, 'project');
  mkdirSync(join(project, 'traces'), { recursive: true });
  writeFileSync(join(project, 'traces', 'broken.trace.gz'), 'no trace');
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction');
  cpSync(dirname(program), join(project, 'bench'), {
    recursive: true,
    filter: (path) => !path.endsWith('.map'),
  });
  return join(project, 'bench', 'main.js');
}

describe('npm run bench', () => {
  it.each([
    [['no-such'], /no workload 'no-such'/],
    [['--rounds', '0'], /whole number from 1 to 1000/],
    [['--rounds', '2.5'], /whole number/],
    [['--threads', '1,x'], /whole numbers from 1 to 64, such as 1,2/],
    [['cold', '--against', 'dlmaloc'], /no peer 'dlmaloc'; there are glibc, /],
    [['cold', '--compare', join(tmpdir(), 'no-such-run.json')], /no such file/],
    [['cold', '--against', 'none', '--beside', 'no-such-build'], /no git revision 'no-such-build'/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await bench(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('measures, stores, reports and compares', async () => {
    const [json, report] = [join(folder, 'run.json'), join(folder, 'report.html')];
    const args = ['cold', '--against', 'Uint8Array', '--rounds', '2', '--json', json];
    const { code, stdout, stderr } = await bench(...args, '--report', report);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('cold/16-1024-prewarm-0');
    const { results, machine } = readRun(json);
    expect(machine.node).toBe(process.version);
    expect(
      results.map(({ figures }) => [figures.hakmem.length, figures.Uint8Array.length]),
    ).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(readFileSync(report, 'utf8')).toContain('cold/16-1024-prewarm-16');
    const again = await bench('cold/16-1024-prewarm-0', '--against', 'none', '--compare', json);
    expect(again.stdout).toContain('this ÷ stored');
  });

  it('measures another build by turns', async () => {
    const bundle = join(folder, 'other.js');
    await bundleLibrary(defines(), bundle);
    const json = join(folder, 'beside.json');
    const args = ['cold/16-1024-prewarm-0', '--against', 'none', '--rounds', '1'];
    const { code, stdout, stderr } = await bench(...args, '--beside', bundle, '--json', json);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('hakmem ÷ it');
    expect(Object.keys(readRun(json).results[0].figures)).toEqual(['hakmem', bundle]);
  });

  it('tells of a failure in one sentence, behind what it measured', async () => {
    const json = join(folder, 'failed.json');
    const args = ['replay/broken', 'footprint/broken', '--against', 'none', '--json', json];
    const { code, stderr } = await run(projectWithBrokenTrace(), args);
    expect(code, stderr).toBe(1);
    const lines = stderr.split('\n').filter((line) => line.startsWith('error: '));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^error: hakmem failed at replay\/broken after 0 whole rounds: /);
    expect(lines[0]).toContain('trace broken: neither gzip nor a trace');
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(json)).toBe(false);
  });

  it('measures in a clean environment, and says what does not reach it', async () => {
    const args = ['cold/16-1024-prewarm-0', '--against', 'none', '--rounds', '1'];
    const { code, stdout, stderr } = await run(program, args, {
      ...process.env,
      // The heap of a measured process would refuse it.
      HAKMEM_TINY_CACHE_BLOCKS: 'many',
      NODE_OPTIONS: '--no-warnings',
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^HAKMEM_TINY_CACHE_BLOCKS is set, but reaches no measured process/m);
    expect(stdout).toMatch(/^NODE_OPTIONS is set, but reaches no measured process/m);
  });

  it('keeps what was measured when it is interrupted', async () => {
    const json = join(folder, 'interrupted.json');
    const args = ['cold', '--against', 'none', '--rounds', '1000', '--json', json];
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += String(text);
      // It says how many runs are done, and a round of one contender is one run.
      if (!child.killed && /^[1-9]\d* of 2000 runs/m.test(stderr)) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code, stderr).toBe(130);
    const [first] = readRun(json).results;
    expect(first.figures.hakmem.length).toBeGreaterThan(0);
    expect(first.figures.hakmem.length).toBeLessThan(1000);
  });
});
