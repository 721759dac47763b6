/** What a measurement keeps where hakmem fails. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measured, measure as Measure } from '../../../bench/measure.js';
import { findPeers } from '../../../bench/peers/index.js';
import { Toolchain } from '../../../bench/peers/toolchain.js';
import { chooseWorkloads, workloads } from '../../../bench/workloads/index.js';
import type { Workload } from '../../../bench/workloads/workload.js';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';

beforeAll(bundleBenchmarks, 180_000);
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Of the bundled benchmarks, whose processes are beside them. */
async function measured(
  chosen: readonly Workload[],
  onRun: (what: string) => void = () => undefined,
): Promise<Measured> {
  const entry = builtEntry('../../../bench/measure.ts', import.meta.url);
  const { measure } = (await import(entry.href)) as { measure: typeof Measure };
  using toolchain = new Toolchain();
  const { peers } = findPeers(['Uint8Array'], toolchain.folder);
  return await measure({
    ...{ workloads: chosen, peers, toolchain, rounds: 2, signal: new AbortController().signal },
    onRun: (_done, _total, what) => onRun(what),
  });
}

const [good] = chooseWorkloads(workloads([1]), ['cold']);

/** A copy that asks the measured process for what there is not. */
function failing(name: string): Workload {
  return { ...good, name, child: { ...good.child, workload: 'no-such-workload' } };
}

describe('measure', () => {
  it('goes on after a workload that hakmem fails at, and tells of it', async () => {
    const { results, failures } = await measured([failing('bad/1'), good, failing('bad/2')]);
    expect(results.map(({ name }) => name)).toEqual([good.name]);
    expect(results[0].figures.hakmem).toHaveLength(2);
    const reason = expect.stringContaining("no workload 'no-such-workload'") as string;
    expect(failures).toEqual([
      { workload: 'bad/1', rounds: 0, reason },
      { workload: 'bad/2', rounds: 0, reason },
    ]);
  }, 120_000);

  it('keeps the whole rounds before the one that failed', async () => {
    let runs = 0;
    const { results, failures } = await measured([good], (what) => {
      // From hakmem's second run on, its processes find a setting that is refused.
      if (what === `${good.name} hakmem` && ++runs === 2) {
        vi.stubEnv('HAKMEM_TINY_CACHE_BLOCKS', 'many');
      }
    });
    expect(
      results.map(({ figures }) => [figures.hakmem.length, figures.Uint8Array.length]),
    ).toEqual([[1, 1]]);
    const reason = expect.stringContaining('HAKMEM_TINY_CACHE_BLOCKS') as string;
    expect(failures).toEqual([{ workload: good.name, rounds: 1, reason }]);
    expect(results[0].failures).toEqual({ hakmem: reason });
  }, 120_000);
});
