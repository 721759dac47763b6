import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { builtEntry } from '../support/entry.js';
import { propertyRuns } from '../support/property.js';
import type { DamageAnswer, DamageData } from './damage.worker.js';

/** No case takes a hundredth of this. */
const ENDLESS_MS = 60_000;

/** Runs cases in a worker; fails with the number of the case that does not come to an end. */
function runCases(seed: number, cases: number): Promise<DamageAnswer> {
  const progress = new SharedArrayBuffer(4);
  const counter = new Int32Array(progress);
  const worker = new Worker(builtEntry('./damage.worker.ts', import.meta.url), {
    workerData: { seed, cases, progress } satisfies DamageData,
  });
  return new Promise((resolve, reject) => {
    let seen = -1;
    const watch = setInterval(() => {
      const at = Atomics.load(counter, 0);
      if (at === seen) reject(new Error(`seed ${seed}: case ${at} does not end`));
      seen = at;
    }, ENDLESS_MS);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      clearInterval(watch);
      reject(new Error(`seed ${seed}: the worker ended in case ${Atomics.load(counter, 0)}`));
    });
  }).finally(() => worker.terminate()) as Promise<DamageAnswer>;
}

test('a heap whose bytes were damaged is refused, named or answered', { timeout: 0 }, async () => {
  const { seed, numRuns } = propertyRuns(600);
  const answer = await runCases(seed!, numRuns!);
  console.log(JSON.stringify({ cases: numRuns, ...answer }));
  expect(answer.failures).toEqual([]);
  expect(answer.refused).toBeGreaterThan(0);
  expect(answer.named).toBeGreaterThan(0);
  expect(answer.unseen).toBeGreaterThan(0);
  expect(answer.errors.ERR_DAMAGED_HEAP).toBeGreaterThan(0);
});
