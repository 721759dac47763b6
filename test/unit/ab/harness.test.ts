import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Build, makeBuild } from '../../../bench/ab/builds.js';
import { compare, UnreachedError } from '../../../bench/ab/compare.js';
import { Contender } from '../../../bench/ab/contender.js';
import { readComparison } from '../../../bench/ab/record.js';
import { type Subject, subjectOf } from '../../../bench/ab/subjects.js';
import { LEAST_PAIRS } from '../../../bench/ab/verdict.js';
import { type WorkloadName, WORKLOADS } from '../../../bench/ab/workloads/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hakmem-ab-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function options(workload: WorkloadName, pairs = LEAST_PAIRS) {
  const done: number[] = [];
  return {
    done,
    node: process.execPath,
    workload,
    pairs,
    file: join(folder, 'run.json'),
    resume: true,
    onPair: (count: number) => done.push(count),
  };
}

/** Under a name of its own, so that its builds are not those of a run that goes on meanwhile. */
const named = (subject: Subject): Subject => ({ ...subject, name: `test-${subject.name}` });

describe('a comparison of equal builds', () => {
  const equal = named(subjectOf('equal-builds'));

  it('holds every round of every pair, and goes on where it ended', async () => {
    const first = options('largest-tiny');
    const { pairs, off, on, node, stepsPerRound, operationsPerStep } = await compare(equal, first);
    expect(pairs).toHaveLength(LEAST_PAIRS);
    for (const pair of pairs) {
      expect(pair.off.length).toBe(pair.on.length);
      for (const time of [...pair.off, ...pair.on]) expect(time).toBeGreaterThan(0);
    }
    expect(off).toEqual(on);
    expect(node).toBe(process.version);
    expect(stepsPerRound * operationsPerStep).toBeGreaterThan(0);
    expect(first.done).toEqual(Array.from({ length: LEAST_PAIRS + 1 }, (_, done) => done));

    const more = options('largest-tiny', LEAST_PAIRS + 2);
    const longer = await compare(equal, more);
    expect(longer.pairs.slice(0, LEAST_PAIRS)).toEqual(pairs);
    expect(longer.pairs).toHaveLength(LEAST_PAIRS + 2);
    expect(more.done[0]).toBe(LEAST_PAIRS);
    expect(readComparison(more.file)).toEqual(longer);
  });
});

describe('a workload', () => {
  const spill = named(subjectOf('HAKMEM_SPILL_STATS_COMPILED'));

  it('that does not reach what a flag observes is refused before anything is measured', async () => {
    const run = options('random-mixed');
    const refusal = compare(spill, run);
    await expect(refusal).rejects.toThrow(UnreachedError);
    await expect(refusal).rejects.toThrow(
      /random-mixed does not reach .* counted 0 looks at a spill queue/,
    );
    expect(run.done).toEqual([]);
    expect(existsSync(run.file)).toBe(false);
  });
});

describe('a process', () => {
  let build: Build;
  beforeAll(async () => {
    build = await makeBuild({}, 'test-process');
  });
  afterAll(() => {
    rmSync(build.folder, { recursive: true });
  });

  it.each(Object.keys(WORKLOADS) as WorkloadName[])('runs %s and leaves it', async (workload) => {
    await using contender = await Contender.start(process.execPath, build.folder, workload);
    expect(await contender.round(3)).toBeGreaterThan(0);
    const { threads } = await contender.stats();
    expect(threads.length).toBeGreaterThan(0);
  });

  it('gets nothing of the environment that the harness has', async () => {
    vi.stubEnv('NODE_OPTIONS', '--require=./there-is-no-such-file.cjs');
    try {
      await using contender = await Contender.start(process.execPath, build.folder, 'route');
      expect(await contender.round(1)).toBeGreaterThan(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('that ends early is an error, not a wait', async () => {
    const start = Contender.start(process.execPath, build.folder, 'no-such-workload');
    await expect(start).rejects.toThrow('ended with code 1');
  });
});

describe('a planted counter', () => {
  it('stands in the bundle once, and not in the published one', async () => {
    const source = async (plant?: string) => {
      const build = await makeBuild(plant === undefined ? {} : { plant }, `test-plant-${plant}`);
      const text = readFileSync(join(build.folder, 'hakmem.js'), 'utf8');
      rmSync(build.folder, { recursive: true });
      return text;
    };
    expect((await source('atomic')).match(/Atomics\.add\(PLANTED, 0, 1\)/g)).toHaveLength(1);
    expect(await source('plain')).toMatch(/PLANTED\[0\] = PLANTED\[0\] \+ 1/);
    expect(await source()).not.toContain('PLANTED');
    await expect(makeBuild({ plant: 'mutex' }, 'test-plant-unknown')).rejects.toThrow(
      'atomic or plain',
    );
  });
});
