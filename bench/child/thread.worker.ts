/** A worker that says when its code began, and attaches to a heap when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../src/index.js';

export type ThreadRequest = 'start' | 'attach' | 'detach' | 'end';

export interface ThreadAnswer {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What the request took in this thread. */
  readonly milliseconds: number;
}

const startedAt = performance.timeOrigin + performance.now();
const handle = workerData as HeapHandle;

let heap: Heap | undefined;

/** Attaches, or detaches; the milliseconds that took. */
function change(attach: boolean): number {
  const start = performance.now();
  if (attach) heap = Heap.attach(handle);
  else heap?.detach();
  return performance.now() - start;
}

parentPort?.on('message', (request: ThreadRequest) => {
  if (request === 'end') process.exit(0);
  const milliseconds = request === 'start' ? 0 : change(request === 'attach');
  const answer: ThreadAnswer = { startedAt, milliseconds };
  parentPort?.postMessage(answer);
});
