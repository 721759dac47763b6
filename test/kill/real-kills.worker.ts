/**
 * Kills real workers at a sample of the points. Each one must leave the same bytes as the exception
 * that stands for its death in the other kill tests, and everything must hold after it.
 */
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { refreshViews } from '../../src/base/core.js';
import { H_PROBE, R_OS_THREAD, R_STATE } from '../../src/base/offsets.js';
import type { Heap } from '../../src/index.js';
import { RECORD_ATTACHED, recordKind } from '../../src/thread/record.js';
import { Random } from '../support/random.js';
import { checkAfterReclaim, reclaimAllBut } from './aftermath.js';
import { type Death, KillCase } from './case.js';
import { loadCast } from './cast.js';
import type { Libraries, Point } from './instrument.mjs';
import type { Parked, ParkedData } from './parked.worker.js';
import { repeatable } from './repeatable.js';
import { debugScenarios, scenarios } from './scenarios.js';
import type { Scenario } from './scenarios/scenario.js';
import type { Cast } from './stage.js';

export interface RealKillsData {
  readonly libraries: Libraries;
  readonly points: readonly Point[];
  readonly seed: number;
  readonly perScenario: number;
  /** Whether the library is the debug build, which has its own scenarios. */
  readonly debug?: boolean;
}

export interface RealKillsAnswer {
  readonly kills: number;
  readonly failures: readonly string[];
}

async function runAll(data: RealKillsData): Promise<RealKillsAnswer> {
  const { libraries, points, seed, perScenario } = data;
  const cast = await loadCast(libraries, points);
  const random = new Random(seed);
  const failures: string[] = [];
  let kills = 0;
  let turn = 0;
  for (const scenario of data.debug ? debugScenarios : scenarios) {
    const rehearsal = repeatable(turn++, () => new KillCase(cast, scenario).play(at(-1)));
    for (let i = 0; i < perScenario; i++) {
      const death = at(random.below(rehearsal.points.length));
      try {
        const { name } = scenario;
        await kill(cast, scenario, death, {
          libraries,
          points,
          scenario: name,
          death,
          turn: turn++,
        });
        kills++;
      } catch (error) {
        failures.push(`${scenario.name}, pass ${death.pass}: ${String(error)}`);
      }
    }
  }
  return { kills, failures };
}

const at = (pass: number): Death => ({
  pass,
  meddle: -1,
  meddleBeforeClaim: -1,
  peerGoesOn: false,
  fillSmall: false,
});

async function kill(
  cast: Cast,
  scenario: Scenario,
  death: Death,
  workerData: ParkedData,
): Promise<void> {
  const worker = new Worker(new URL('./parked.worker.js', import.meta.url), { workerData });
  const [{ handle, ledger, blocks }] = (await once(worker, 'message')) as [Parked];
  await worker.terminate();
  const simulated = repeatable(workerData.turn, () => {
    const run = new KillCase(cast, scenario);
    run.play(death);
    return run;
  });
  const { Heap } = cast.former;
  const { memory } = handle;
  const buffer = memory ? (memory.buffer as SharedArrayBuffer) : handle.buffer;
  compare(buffer, simulated.stage.keeper.heap);
  const heap = Heap.attach(handle, { prewarm: 0 });
  scenario.mend?.(heap, blocks);
  reclaimAllBut(heap, [heap.threadId]);
  checkAfterReclaim(heap, ledger, [], false);
}

/** Expects the bytes that the simulation left, but for what names a thread of Node. */
function compare(buffer: SharedArrayBuffer, heap: Heap): void {
  refreshViews(heap['core']);
  const { header, geometry, buffer: other } = heap['core'];
  const [real, simulated] = [new Int32Array(buffer), new Int32Array(other)];
  const ignored = new Set([header + H_PROBE]);
  for (let thread = 0; thread < geometry.maxThreads; thread++) {
    const record = geometry.records + thread * geometry.recordCells;
    ignored.add(record + R_OS_THREAD);
    if (recordKind(real[record + R_STATE]!) === RECORD_ATTACHED) ignored.add(record + R_STATE);
  }
  if (real.length !== simulated.length) throw new Error('the buffers differ in their length');
  for (let cell = 0; cell < real.length; cell++) {
    if (real[cell] === simulated[cell] || ignored.has(cell)) continue;
    throw new Error(`cell ${cell} is ${real[cell]} instead of ${simulated[cell]}`);
  }
}

parentPort!.postMessage(await runAll(workerData as RealKillsData));
