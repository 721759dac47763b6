/** Runs cases of damage in a worker, and notices one that goes on for ever or ends the thread. */
import { Worker } from 'node:worker_threads';
import type { DamageAnswer, DamageData } from './damage.worker.js';

/** No case takes a hundredth of this. */
const ENDLESS_MS = 60_000;

export interface Cases {
  readonly seed: number;
  /** Number of the first case. Default 0. */
  readonly from?: number;
  readonly cases: number;
  /** The bundled `damage.worker.ts`. */
  readonly entry: URL;
  /** Called every few seconds with the number of the case that has begun. */
  readonly progress?: (number: number) => void;
}

const LOOK_MS = 5000;

/** @throws Error with the number of a case that does not end, or that ended the worker */
export function runCases({ seed, from = 0, cases, entry, progress }: Cases): Promise<DamageAnswer> {
  const shared = new SharedArrayBuffer(4);
  const counter = new Int32Array(shared);
  const worker = new Worker(entry, {
    workerData: { seed, from, cases, progress: shared } satisfies DamageData,
  });
  const present = (): string => `seed ${seed}: case ${Atomics.load(counter, 0)}`;
  let watch: NodeJS.Timeout | undefined;
  return new Promise<DamageAnswer>((resolve, reject) => {
    let seen = -1;
    let looks = 0;
    watch = setInterval(() => {
      const at = Atomics.load(counter, 0);
      looks = at === seen ? looks + 1 : 0;
      seen = at;
      progress?.(at);
      if (looks * LOOK_MS >= ENDLESS_MS) reject(new Error(`${present()} does not end`));
    }, LOOK_MS);
    worker.once('message', resolve);
    worker.once('error', (cause) => {
      reject(new Error(`${present()} ended the worker`, { cause }));
    });
    worker.once('exit', () => {
      reject(new Error(`${present()} ended the worker`));
    });
  }).finally(() => {
    clearInterval(watch);
    return worker.terminate();
  });
}
