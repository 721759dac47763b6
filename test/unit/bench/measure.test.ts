/** What a measurement keeps where hakmem fails. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measured, measure as Measure } from '../../../bench/measure.js';
import { findPeers } from '../../../bench/peers/index.js';
import { Toolchain } from '../../../bench/peers/toolchain.js';
import { chooseWorkloads, workloads } from '../../../bench/workloads/index.js';
import type { Workload } from '../../../bench/workloads/workload.js';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';
import { encodeTrace, free, malloc } from '../../support/trace-encoder.js';

const folder = mkdtempSync(join(tmpdir(), 'hakmem-measure-'));
beforeAll(bundleBenchmarks);
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the bundled benchmarks, whose processes are beside them. */
async function measured(
  chosen: readonly Workload[],
  onRun: (what: string) => void = () => undefined,
  names: readonly string[] = ['Uint8Array'],
): Promise<Measured> {
  const entry = builtEntry('../../../bench/measure.ts', import.meta.url);
  const { measure } = (await import(entry.href)) as { measure: typeof Measure };
  using toolchain = new Toolchain();
  const { peers } = findPeers(names, toolchain.folder);
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
  });

  it('keeps the whole rounds before the one that failed', async () => {
    const trace = join(folder, 'short.trace');
    writeFileSync(trace, encodeTrace([malloc(0, 100), free(0)]));
    const parameters = { trace, warmup: 0, passes: 1 };
    const replay: Workload = { ...good, child: { workload: 'replay', parameters } };
    let runs = 0;
    const { results, failures } = await measured([replay], (what) => {
      // From hakmem's second run on, there is no such trace.
      if (what === `${good.name} hakmem` && ++runs === 2) rmSync(trace);
    });
    expect(
      results.map(({ figures }) => [figures.hakmem.length, figures.Uint8Array.length]),
    ).toEqual([[1, 1]]);
    const reason = expect.stringContaining('short.trace: cannot be read') as string;
    expect(failures).toEqual([{ workload: good.name, rounds: 1, reason }]);
    expect(results[0].failures).toEqual({ hakmem: reason });
  });

  it('leaves out a native peer that did other work', async () => {
    const { twin } = good;
    if (!twin) throw new Error(`${good.name} has no twin`);
    const [threads, warmup, turns, ...rest] = twin.args;
    const less = { ...twin, args: [threads, warmup, Number(turns) - 1, ...rest] };
    const pair = [good, { ...good, name: 'less', twin: less }];
    const { results } = await measured(pair, undefined, ['glibc']);
    const [same, other] = results.map(({ failures }) => failures.glibc ?? '');
    // Without a compiler there is no native peer.
    if (!findPeers(['glibc'], folder).peers.length) return;
    expect(same).toBe('');
    expect(other).toMatch(/^did other work: its checksum is \d+, hakmem's \d+$/);
    expect(results.map(({ figures }) => 'glibc' in figures)).toEqual([true, false]);
  });
});
