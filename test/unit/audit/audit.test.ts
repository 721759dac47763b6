/** Each check of the audit sees a violation that is planted in a copy of the source or the bundle. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { auditBundle, nextBudget, overBudget, sizesOf } from '../../../scripts/audit/bundle.mjs';
import { calledByThread } from '../../../scripts/audit/called.mjs';
import { atomicsOnFastPaths, shapeDifferences, shapesOf } from '../../../scripts/audit/shape.mjs';
import { auditSource } from '../../../scripts/audit/source.mjs';
import { bundleLibrary } from '../../../scripts/bundle.mjs';
import { compileEagerly, eagerNames } from '../../../scripts/eager.mjs';
import { defines, flagTable } from '../../../scripts/flags.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'hakmem-audit-'));
cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
cpSync(join(root, 'docs'), join(copy, 'docs'), { recursive: true });
afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

const { sites } = auditSource(root);
const flags = Object.keys(flagTable);

/** Changes one place of a text, which must be there. */
function plant(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}

/** What the audit says of the copy with one place of a file changed. */
function problemsWith(file: string, from: string, to: string): string[] {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, plant(text, from, to));
  const { problems } = auditSource(copy);
  writeFileSync(path, text);
  return problems;
}

async function bundle(settings: readonly string[] = []): Promise<[code: string, map: string]> {
  const path = join(copy, `${settings.join('-')}.js`);
  await bundleLibrary(defines(settings), path);
  return [readFileSync(path, 'utf8'), readFileSync(`${path}.map`, 'utf8')];
}
const [code, map] = await bundle();

describe('source', () => {
  const file = 'src/thread/detach.ts';

  test('every operation has its comment', () => {
    expect(auditSource(root).problems).toEqual([]);
    expect(sites.length).toBeGreaterThan(100);
  });

  test.each([
    ['a missing comment', '@atomics', 'atomics', 'has no @atomics comment'],
    [
      'an empty reason',
      'CORRECTNESS: the record is given up after all that it held.',
      'CORRECTNESS:',
      'without a reason',
    ],
    ['an unknown path', '@atomics cold', '@atomics tepid', "the path 'tepid'"],
    ['an unknown kind', 'CORRECTNESS', 'HABIT', "is 'HABIT'"],
    [
      'an operation handed on',
      'publish(core.cells,',
      'const p = publish;\n  p(core.cells,',
      'not called',
    ],
  ])('%s is caught', (_what, from, to, problem) => {
    expect(problemsWith(file, from, to).join('\n')).toContain(problem);
  });

  const spill = 'src/queue/spill.ts';
  const cleared = '  clearBits(cells, queue + Q_FULL';
  const growth = 'src/superslab/growth.ts';
  const counted = 'addTo(core.cells, header + H_GROWTHS, 1);';
  const observes = '// @atomics cold TELEMETRY: how often it grew.\n';

  test.each([
    [
      'the length of the spill queue called telemetry',
      spill,
      cleared,
      `  // @atomics warm TELEMETRY: how many wait.\n${cleared}`,
      /clearBits is TELEMETRY, but src\/queue\/spill\.ts:\d+ reads Q_FULL/,
    ],
    [
      'a counter that a condition reads plainly',
      growth,
      counted,
      `if (cells[header + H_GROWTHS] > 9) return false;\n${observes}${counted}`,
      /addTo is TELEMETRY, but src\/superslab\/growth\.ts:\d+ reads H_GROWTHS/,
    ],
    [
      'a counter whose number has a name of its own',
      growth,
      counted,
      `const cell = header + H_GROWTHS;\nconst there = cell;\nif (cells[there] > 9) return false;\n${observes}addTo(core.cells, cell, 1);`,
      /addTo is TELEMETRY, but src\/superslab\/growth\.ts:\d+ reads H_GROWTHS/,
    ],
    [
      'a counter whose sum decides',
      growth,
      counted,
      `${observes}if (addTo(core.cells, header + H_GROWTHS, 1) > 9) return false;`,
      /addTo is TELEMETRY, but what it gives is used/,
    ],
  ])('%s is caught', (_what, path, from, to, problem) => {
    expect(problemsWith(path, from, to).join('\n')).toMatch(problem);
  });

  test('a counter that only the figures read may be telemetry', () => {
    expect(problemsWith(growth, counted, `${observes}${counted}`)).toEqual([]);
  });

  test('stale documents fail the command, the true ones do not', () => {
    const script = join(root, 'scripts/audit/main.mjs');
    const run = () => spawnSync(process.execPath, [script, '--source', copy], { encoding: 'utf8' });
    expect(run().stderr).not.toContain('stale');
    const flagsFile = join(copy, 'docs/flags.md');
    const text = readFileSync(flagsFile, 'utf8');
    writeFileSync(join(copy, 'docs/atomics.md'), '# Atomic operations\n');
    for (const [from, to] of [
      ['| `spill` |', '| `spills` |'],
      ['| 2 to 254 |', '| 2 to 255 |'],
    ] as const) {
      writeFileSync(flagsFile, plant(text, from, to));
      const { status, stderr } = run();
      expect(status).toBe(1);
      expect(stderr).toContain('docs/atomics.md is stale');
      expect(stderr).toContain('docs/flags.md is stale');
    }
  });
});

describe('bundle', () => {
  test('the production bundle holds nothing of telemetry', () => {
    expect(auditBundle(code, map, sites, flags)).toEqual([]);
  });

  test('a flag name is caught', () => {
    const planted = `${code}\nconsole.log("${flags[0]}");\n`;
    expect(auditBundle(planted, map, sites, flags)).toEqual([
      `the bundle holds the flag name ${flags[0]}`,
    ]);
  });

  test('TELEMETRY calls and stats-only cells are caught', async () => {
    const [counting, itsMap] = await bundle(['HAKMEM_POOL_HOTBOX_STATS_COMPILED=1']);
    const problems = auditBundle(counting, itsMap, sites, flags).join('\n');
    expect(problems).toContain('TELEMETRY call acquire of src/inspect/telemetry/read.ts');
    expect(problems).toMatch(/stats-only \w+ of src\/base\/telemetry\//);
  });

  test('a bundle over its budget is caught', () => {
    const sizes = sizesOf(code);
    expect(overBudget(sizes, sizes)).toEqual([]);
    expect(overBudget(sizesOf(`${code}\nexport const more = [1, 2, 3];\n`), sizes)).toHaveLength(3);
  });
});

describe('the budget', () => {
  const sizes = { raw: 10_000, minified: 5000, gzip: 2000 };
  const larger = { raw: 11_000, minified: 5500, gzip: 2200 };
  const first = nextBudget(sizes, undefined, false);

  test('has room for two per cent', () => {
    expect(first).toEqual({ raw: 10_200, minified: 5100, gzip: 2100 });
  });

  test('does not rise silently, step by step or at once', () => {
    expect(nextBudget({ raw: 10_150, minified: 5080, gzip: 2080 }, first, false)).toEqual(first);
    expect(nextBudget(larger, first, false)).toEqual(first);
    expect(overBudget(larger, nextBudget(larger, first, false))).toHaveLength(3);
    expect(overBudget(larger, nextBudget(larger, first, true))).toEqual([]);
  });

  test('comes down with the bundle', () => {
    expect(nextBudget(sizes, larger, false)).toEqual(first);
  });
});

describe('fast paths', () => {
  const module = readFileSync(join(root, 'src/base/atomics.ts'), 'utf8');
  const operations = [...module.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const start = 'let granules = size - 1';
  const end = 'this.freeOther(target);';
  const takes = 'let count = size + 32768 - 1';
  const keeps = 'let slab = target >>> 15, { cells, record, slabs: reach } = core';

  test('hold no atomic', () => {
    expect(atomicsOnFastPaths(code)).toEqual([]);
  });

  test.each([
    ['malloc', start, `Atomics.load(this.cells, 0); ${start}`, ''],
    ['free', end, `Atomics.load(this.cells, 0); ${end}`, ''],
    ['malloc', start, `helper(this.cells); ${start}`, 'function helper(c) { deeper(c); }\n'],
    ['takeKept', takes, `Atomics.load(core.cells, 0); ${takes}`, ''],
    ['keepRun', keeps, `Atomics.load(core.cells, 0); ${keeps}`, ''],
  ])('an atomic in %s is caught', (name, from, to, helper) => {
    const deeper = 'function deeper(c) { return Atomics.add(c, 0, 1); }\n';
    const planted = helper + deeper + plant(code, from, to);
    expect(atomicsOnFastPaths(planted).join()).toContain(`fast path of ${name} holds`);
  });

  test.each(operations)('a call of %s is caught', (operation) => {
    const planted = plant(code, start, `${operation}(this.cells, 0, 0, 0, 0); ${start}`);
    expect(atomicsOnFastPaths(planted).join()).toContain('fast path of malloc holds');
  });

  test('have the recorded shape', () => {
    const golden = JSON.parse(readFileSync(join(root, 'test/golden/fast-path.json'), 'utf8'));
    expect(shapeDifferences(shapesOf(code), golden)).toEqual([]);
  });

  test.each([
    ['a load', 'cellLoads', 'this.cells[7];', ''],
    ['a call', 'calls', 'helper();', 'function helper() {}\n'],
    [
      'a load in a helper',
      'cellLoads',
      'helper(this.cells);',
      'function helper(c) { return c[7]; }\n',
    ],
    ['a branch', 'branches', 'if (size === 7) return 0;', ''],
    ['an object', 'allocations', 'this.last = { size };', ''],
  ])('%s more is caught', (_what, part, statement, helper) => {
    const slower = shapesOf(helper + plant(code, start, `${statement} ${start}`));
    expect(shapeDifferences(slower, shapesOf(code)).join()).toContain(`malloc: ${part} `);
  });
});

describe('functions compiled with the bundle', () => {
  const script =
    'const a = 1;\nfunction f(x) {\n  return g(x) + a;\n}\nfunction g(y) {\n  return y;\n}\n';

  test('those of the list become expressions behind a parenthesis, and mean the same', () => {
    const eager = compileEagerly(script, ['f', 'absent']);
    expect(eager).toContain('const f = (function(x) {\n  return g(x) + a;\n});\nfunction g(y)');
    const [sum, name] = runInNewContext(`${eager} [f(2), f.name];`) as [number, string];
    expect([sum, name]).toEqual([3, 'f']);
  });

  test('they are what a thread calls, and nothing else', async () => {
    const path = join(copy, 'lazy.js');
    await bundleLibrary(defines(), path, 'src/index.ts', [], []);
    const called = await calledByThread(path);
    expect(called).toContain('detachThread');
    expect(called).toEqual(expect.arrayContaining([...eagerNames()]));
    for (const name of eagerNames()) expect(code).toContain(`const ${name} = (function(`);
  });
});
