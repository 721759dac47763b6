import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePages } from '../../../bench/ab/pages.js';
import {
  type Comparison,
  pathOf,
  readComparison,
  storedPairs,
  writeComparison,
} from '../../../bench/ab/record.js';
import { pairsOfRuns } from '../../../bench/ab/stored-runs.js';
import { type StoredRuns } from '../../../bench/lib/stored-runs.js';
import { renderRuns, summarizeRuns } from '../../../bench/mixed/report.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hakmem-ab-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const machine = { cpu: 'Test CPU', cores: 2, memoryGiB: 4, platform: 'linux x64' };

function comparison(subject: string, ratio: number, changes: Partial<Comparison> = {}): Comparison {
  return {
    format: 1,
    subject,
    workload: 'random-mixed',
    node: 'v20.1.0',
    arguments: ['--some-flag'],
    machine,
    commit: 'abcdef',
    date: '2026-01-02',
    off: { label: 'production', bytes: 1000, sha256: '00' },
    on: { label: 'other', bytes: 1100, sha256: '11' },
    operationsPerStep: 10,
    stepsPerRound: 20,
    pairs: Array.from({ length: 10 }, () => ({ off: [10, 10], on: [10 * ratio, 10 * ratio] })),
    ...changes,
  };
}

function store(data: string, one: Comparison): string {
  const path = pathOf(data, one.subject, one.workload, one.node);
  writeComparison(path, one);
  return path;
}

describe('a stored comparison', () => {
  it('is read as it was written, with a line for each pair', () => {
    const written = comparison('equal-builds', 1);
    const path = store(folder, written);
    expect(readComparison(path)).toEqual(written);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"off":[10,10]'))).toHaveLength(10);
  });

  it('is gone on from only under the same conditions', () => {
    const written = comparison('equal-builds', 1);
    const path = store(folder, written);
    expect(storedPairs(path, written)).toEqual(written);
    expect(
      storedPairs(path, { ...written, off: { ...written.off, sha256: '22' } }),
    ).toBeUndefined();
    expect(storedPairs(path, { ...written, node: 'v24.0.0' })).toBeUndefined();
    expect(storedPairs(path, { ...written, machine: { ...machine, cores: 4 } })).toBeUndefined();
    expect(storedPairs(join(folder, 'none.json'), written)).toBeUndefined();
  });

  it('of another kind is refused', () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{"format":2,"pairs":[]}');
    expect(() => readComparison(path)).toThrow('no stored comparison');
  });
});

describe('pages', () => {
  const flag = 'HAKMEM_SPILL_STATS_COMPILED';
  let index: string;
  let page: string;
  beforeEach(() => {
    const data = join(folder, 'data');
    const reached = { counted: 'looks', events: 250, operations: 1000 };
    store(data, comparison(flag, 1.02, { workload: 'bursts', reached }));
    store(data, comparison(flag, 1, { workload: 'bursts', node: 'v24.0.0', reached }));
    store(data, comparison('planted-atomic', 1.4));
    store(data, comparison('equal-builds', 1));
    store(data, comparison('all-counters-fast-path', 1.1));
    writeFileSync(join(folder, 'stale.md'), 'a page of a subject that is gone');
    writePages(data);
    index = readFileSync(join(folder, 'README.md'), 'utf8');
    page = readFileSync(join(folder, `${flag}.md`), 'utf8');
  });

  it('have a table for each Node, with the frequency, the interval and the verdict', () => {
    const row = index.split('\n').filter((line) => line.includes(`[${flag}]`));
    expect(row).toHaveLength(2);
    expect(row[0]).toContain(
      '| bursts | 0.25 | 0.8 (0.8 to 0.8) | +2.00 % | +2.00 % to +2.00 % | GO |',
    );
    expect(row[1]).toContain(
      '| bursts | 0.25 | 0.0 (0.0 to 0.0) | 0.00 % | 0.00 % to 0.00 % | NEUTRAL |',
    );
    expect(index.indexOf('## Node 20.1.0')).toBeLessThan(index.indexOf('## Node 24.0.0'));
    expect(index).toContain('2 × Test CPU, 4 GiB, linux x64; commit abcdef.');
  });

  it('say what a counter costs per malloc, which is every second operation', () => {
    // 40 % of 10 ns per operation, twice.
    expect(index).toMatch(/One Atomics\.add per malloc.*\| 8\.00 \| 8\.00 to 8\.00 \|/);
  });

  it('have one page a flag with the command that repeats it', () => {
    expect(page).toContain('## Node 20.1.0, bursts: GO');
    expect(page).toContain('## Node 24.0.0, bursts: NEUTRAL');
    expect(page).toContain(`npm run ab -- ${flag} --workload bursts --pairs 10 --node 20`);
    expect(page).toContain(`\`docs/ab/data/node-20/${flag}.bursts.json\` of the repository`);
    expect(page).toContain('| compiled in | 10.20 | 10.20 | ±0.0 % | 10.20 | 10.20 | 1,100 B |');
  });

  it('lead only to files that are there', () => {
    for (const [, target] of index.matchAll(/\]\(([^)]+)\)/g)) {
      expect(readFileSync(join(folder, target), 'utf8')).not.toBe('');
    }
  });

  it('of subjects that are gone are removed', () => {
    expect(() => readFileSync(join(folder, 'stale.md'))).toThrow('ENOENT');
  });
});

describe('runs of the mixed runner', () => {
  const runs = (figures: number[], changes: Partial<StoredRuns> = {}): StoredRuns => ({
    format: 1,
    kind: 'runs',
    workload: 'larson',
    profile: 'short',
    parameters: { lo: 8 },
    node: 'v20.1.0',
    arguments: [],
    machine,
    commit: 'abcdef',
    date: '2026-01-02',
    figures,
    ...changes,
  });
  const write = (name: string, stored: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(stored));
    return path;
  };

  it('are summarized', () => {
    const summary = summarizeRuns([1e6, 2e6, 6e6]);
    expect(summary).toMatchObject({ runs: 3, mean: 3e6, median: 2e6, min: 1e6, max: 6e6 });
    expect(summary.deviation).toBeCloseTo(Math.sqrt(14 / 3) * 1e6, 3);
    expect(renderRuns([runs([1e6, 2e6, 6e6])])).toMatch(
      /larson.*short.*3.*3\.00.*2\.00.*1\.00.*6\.00.*2\.16 \(72\.0 %\)/,
    );
  });

  it('of two files are pairs in nanoseconds, the first file being the one that is faster or not', () => {
    const [first, second] = [
      write('a.json', runs([1e8, 2e8, 1e8])),
      write('b.json', runs([5e7, 1e8])),
    ];
    expect(pairsOfRuns(first, second)).toEqual([
      { off: [10], on: [20] },
      { off: [5], on: [10] },
    ]);
  });

  it('are refused when they ran different things, or are no runs', () => {
    const first = write('a.json', runs([1e8]));
    const long = write('b.json', runs([1e8], { profile: 'long' }));
    expect(() => pairsOfRuns(first, long)).toThrow('differ in their profile');
    expect(() => pairsOfRuns(first, write('c.json', { format: 1 }))).toThrow(
      'holds no stored runs',
    );
    expect(() => pairsOfRuns(first, write('d.json', runs([])))).toThrow('without a rate');
  });
});
