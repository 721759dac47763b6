/** Plays a scenario up to a point and stops there, for another thread to terminate it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { HeapHandle } from '../../src/index.js';
import { type Death, KillCase } from './case.js';
import { loadCast } from './cast.js';
import type { Point } from './instrument.mjs';
import { scenarios } from './scenarios.js';
import type { Ledger } from './stage.js';

export interface ParkedData {
  readonly bundle: string;
  readonly points: readonly Point[];
  readonly scenario: string;
  readonly death: Death;
}

export interface Parked {
  readonly handle: HeapHandle;
  readonly ledger: Ledger;
}

const { bundle, points, scenario, death } = workerData as ParkedData;
const cast = await loadCast(bundle, points);
const run = new KillCase(
  cast,
  scenarios.find(({ name }) => name === scenario)!,
);
run.play(death, () => {
  const { handle, ledger } = run.stage;
  parentPort!.postMessage({ handle, ledger } satisfies Parked);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
throw new Error(`${scenario} did not come to pass ${death.pass}`);
