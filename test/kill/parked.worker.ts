/** Plays a scenario up to a point and stops there, for another thread to terminate it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { HeapHandle } from '../../src/index.js';
import { type Death, KillCase } from './case.js';
import { loadCast } from './cast.js';
import type { Libraries, Point } from './instrument.mjs';
import { repeatable } from './repeatable.js';
import { debugScenarios, scenarios } from './scenarios.js';
import type { Ledger } from './stage.js';

export interface ParkedData {
  readonly libraries: Libraries;
  readonly points: readonly Point[];
  readonly scenario: string;
  readonly death: Death;
  /** For `repeatable`. */
  readonly turn: number;
}

export interface Parked {
  readonly handle: HeapHandle;
  readonly ledger: Ledger;
  /** Addresses that the scenario keeps for after the death. */
  readonly blocks: readonly number[];
}

const { libraries, points, scenario, death, turn } = workerData as ParkedData;
const cast = await loadCast(libraries, points);
repeatable(turn, () => {
  const all = [...scenarios, ...debugScenarios];
  const run = new KillCase(
    cast,
    all.find(({ name }) => name === scenario)!,
  );
  run.play(death, () => {
    const { handle, ledger, blocks } = run.stage;
    parentPort!.postMessage({ handle, ledger, blocks } satisfies Parked);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
throw new Error(`${scenario} did not come to pass ${death.pass}`);
