import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { relative } from '../../../bench/charts/charts.js';
import { renderHtml } from '../../../bench/charts/html.js';
import { renderReadme, rewriteReadme } from '../../../bench/charts/readme.js';
import { renderComparison } from '../../../bench/output/compare.js';
import { renderTables } from '../../../bench/output/tables.js';
import { FORMAT, merge, readRun, type Result, storeRun } from '../../../bench/results.js';
import { FOOTPRINT_GROUP } from '../../../bench/workloads/traces.js';
import { storedResult, storedRun } from './stored.js';

const folder = mkdtempSync(join(tmpdir(), 'hakmem-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const mixed = storedResult('random-mixed/16-1024', {
  hakmem: [90e6, 100e6, 110e6],
  glibc: [45e6, 50e6, 55e6],
});
const two = storedResult('random-mixed/16-1024@2', { hakmem: [180e6], glibc: [100e6] });
const python: Result = {
  ...storedResult('footprint/python', { hakmem: [1.3], glibc: [1.2] }),
  unit: 'bytes per live byte',
  courses: { hakmem: { used: [1e6, 3e6, 2e6], live: [1e6, 2e6, 1e6] }, glibc: { used: [1, 2, 3] } },
};
const failed: Result = {
  ...storedResult('larson/8-1000', { hakmem: [5e6] }),
  failures: { tcmalloc: 'took <too> long' },
};
const run = storedRun([mixed, two, python, failed]);

describe('a stored run', () => {
  it('takes in later results in place of older ones', () => {
    const path = join(folder, 'run.json');
    storeRun(path, storedRun([mixed, python]));
    const later = storedResult('random-mixed/16-1024', { hakmem: [1] });
    storeRun(path, storedRun([later, failed]));
    expect(readRun(path).results).toEqual([later, python, failed]);
    expect(merge(run, storedRun([])).results).toEqual(run.results);
  });

  it('keeps what another machine measured apart', () => {
    const path = join(folder, 'there.json');
    storeRun(path, storedRun([mixed, two]));
    const { machine } = readRun(path);
    const here = { ...machine, cpu: 'another CPU' };
    storeRun(path, { ...storedRun([python]), machine: here });
    const pieces = readRun(path);
    expect(pieces.results.map(({ name, machine }) => [name, machine])).toEqual([
      [mixed.name, '2 × a CPU'],
      [two.name, '2 × a CPU'],
      [python.name, undefined],
    ]);
    expect(renderHtml([pieces])).toMatch(/2 × another CPU,.* On 2 × a CPU: random-mixed\./s);
    expect(renderReadme([pieces])).toContain(
      'on\n2 × a CPU, footprint on 2 × another CPU; Node 20.',
    );
    storeRun(path, { ...storedRun([mixed, two]), machine: here });
    expect(readRun(path).results).toEqual([mixed, two, python]);
    expect(() => storeRun(path, storedRun([mixed], 'v24.1.0'))).toThrow(
      `${path} was measured on Node v20.0.0, give another file to v24.1.0`,
    );
  });

  it('is refused when it is none', () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{"format":"other"}');
    expect(() => readRun(path)).toThrow(
      `${path} holds no run of the benchmarks (format ${FORMAT})`,
    );
    expect(() => readRun(join(folder, 'none.json'))).toThrow(/none\.json cannot be read/);
  });
});

describe('the report', () => {
  const html = renderHtml([run, storedRun([mixed], 'v24.0.0')]);

  it('says which build was measured, and for which workloads where there are several', () => {
    const one = { ...mixed, hakmem: '0.1.0 (abc)' };
    expect(renderHtml([storedRun([one])])).toContain('<p>Measured: hakmem 0.1.0 (abc).</p>');
    const pieces = storedRun([
      one,
      { ...two, hakmem: '0.1.0 (abc)' },
      { ...python, hakmem: '0.2.0' },
    ]);
    expect(renderHtml([storedRun([one]), pieces])).toContain(
      '<p>Measured: hakmem 0.1.0 (abc): random-mixed; 0.2.0: footprint.</p>',
    );
    expect(renderHtml([storedRun([one, python])])).toContain(
      'a build that was not noted: footprint',
    );
  });

  it('is one page without references to anything outside', () => {
    expect(html.startsWith('<!doctype html>')).toBe(true);
    const addresses = html.match(/https?:\/\/[^"' )]+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    expect(html).not.toMatch(/<(script|link|img|iframe)\b/);
    expect(html).toContain('<meta name="viewport"');
  });

  it('shows ratios, threads, memory and every Node', () => {
    expect(html).toContain('hakmem ÷ peer, Node 20.0.0');
    expect(html).toContain('hakmem ÷ peer, Node 24.0.0');
    expect(html).toMatch(
      /random-mixed\/16-1024<\/th><td>100 ±10 %<\/td><td><span class="ahead">2\.00/,
    );
    expect(html).toMatch(/Two threads over one[\s\S]*random-mixed\/16-1024<\/th><td>1\.80/);
    expect(html).toContain('python, MiB');
  });

  it('says what could not be measured, in harmless characters', () => {
    expect(html).toContain('tcmalloc has no figure for larson/8-1000: took &lt;too&gt; long');
  });

  it('draws a dot for each figure beside the base', () => {
    const svg = relative([mixed, two], ['glibc', 'hakmem'], 'glibc');
    expect(svg).toMatch(/^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    const dots = /aria-label="dot"[\s\S]*?<\/g>/.exec(svg)?.[0] ?? '';
    expect(dots.match(/<circle/g)).toHaveLength(4);
  });
});

describe('the table of the README', () => {
  const begin = '<!-- bench: begin; npm run bench:report -- --readme writes this -->';
  const text = `# Title\n\n${begin}\nan earlier table\n<!-- bench: end -->\n\nRest\n`;

  it('replaces the marked part only, the same each time', () => {
    const once = rewriteReadme(text, [run, storedRun([mixed], 'v24.0.0')]);
    expect(once).toMatch(/^# Title\n\n<!-- bench: begin/);
    expect(once).toMatch(/<!-- bench: end -->\n\nRest\n$/);
    expect(once).not.toContain('an earlier table');
    expect(once).toMatch(/\| random-mixed\/16-1024 +\| +100 \| +2\.00 \(2\.00–2\.00\) \|/);
    expect(rewriteReadme(once, [run, storedRun([mixed], 'v24.0.0')])).toBe(once);
  });

  it('leaves no family out: those without rows of their own have one for their mean', () => {
    const others = [
      storedResult('cache/scratch', { hakmem: [1, 2], glibc: [4, 4] }),
      storedResult('cache/thrash', { hakmem: [8, 8], glibc: [4, 4] }),
      storedResult('cache/thrash@2', { hakmem: [3, 3], glibc: [4, 4] }),
      { ...storedResult('xmalloc/a@2', { hakmem: [5e6] }), group: 'xmalloc: batches; per thread' },
    ];
    const table = rewriteReadme(text, [storedRun(others)]);
    expect(table).toMatch(/\| cache, mean of 2 +\| +\| +0\.87 \(0\.71–1\.00\) \|/);
    expect(table).toMatch(/\| cache@2 +\| +\| +0\.75 \(0\.75–0\.75\) \|/);
    expect(table).toMatch(/\| xmalloc\/a@2, each +\| +5\.0 \|/);
    expect(table).toContain('Measured 2026-01-01.');
  });

  it('needs the marks', () => {
    expect(() => rewriteReadme('# Title\n', [run])).toThrow(/lacks the lines/);
  });

  it('has its place in README.md', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    expect(readme.includes(begin)).toBe(true);
    expect(rewriteReadme(readme, [run])).toContain('random-mixed/16-1024');
  });
});

describe('tables for a terminal', () => {
  it('show targets and whether they are met', () => {
    const target = { ...mixed, targets: [{ against: 'glibc', atLeast: 2.5 }] };
    expect(renderTables([target])).toContain('≥ 2.5 × glibc missed');
    expect(renderTables([{ ...mixed, targets: [{ against: 'glibc', atLeast: 1 }] }])).toContain(
      '≥ 1 × glibc met',
    );
    expect(renderTables([{ ...mixed, targets: [{ against: 'mimalloc', atLeast: 1 }] }])).toContain(
      'not measured',
    );
  });

  it('the mean footprint of the traces has a target of its own', () => {
    const footprint = (name: string, bytes: number): Result => ({
      ...storedResult(`footprint/${name}`, { hakmem: [bytes] }),
      group: FOOTPRINT_GROUP,
      unit: 'bytes per live byte',
    });
    const mean = (least: number) =>
      renderTables([footprint('small', least), footprint('large', 1.6)]).replaceAll(/\s+/g, ' ');
    expect(mean(1)).toContain('geometric mean │ 1.26 │ ≤ 1.30 met');
    expect(mean(1.1)).toContain('geometric mean │ 1.33 │ ≤ 1.30 missed');
  });

  it('show a run beside a stored one', () => {
    const faster = storedResult('random-mixed/16-1024', { hakmem: [120e6], glibc: [50e6] });
    const text = renderComparison(run, [faster]);
    expect(text).toContain('1.20');
    expect(text).toContain('glibc: 2.00 → 2.40');
  });
});
