/** JavaScript twin of bench/native/xmalloc.c: starts the two sides and averages them. */
import { Worker } from 'node:worker_threads';
import { Heap } from '../../src/index.js';
import { createBatchRing } from './batch-ring.js';
import { type XmallocResult, type XmallocSide } from './xmalloc.worker.js';

export interface Xmalloc {
  readonly lo: number;
  readonly hi: number;
  readonly warmup: number;
  readonly batches: number;
}

export async function xmalloc(options: Xmalloc): Promise<{ figure: number }> {
  using heap = Heap.create();
  const shared = {
    ...options,
    handle: heap.handle,
    rings: [createBatchRing(), createBatchRing()] as const,
    together: new SharedArrayBuffer(4),
    bells: new SharedArrayBuffer(8),
  };
  const sides = await Promise.all([
    runSide({ ...shared, self: 0 }),
    runSide({ ...shared, self: 1 }),
  ]);
  const seconds = (sides[0].seconds + sides[1].seconds) / 2;
  return { figure: sides[0].operations / seconds };
}

function runSide(workerData: XmallocSide): Promise<XmallocResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('xmalloc.worker.js', import.meta.url), { workerData });
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a side ended early, with code ${code}`)));
  });
}
