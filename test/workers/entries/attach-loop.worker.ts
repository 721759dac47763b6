import { parentPort, workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../../src/index.js';

export interface AttachLoopData {
  readonly handle: HeapHandle;
  /** Its cell is 0 until the other thread has grown the heap. */
  readonly finished: SharedArrayBuffer;
}

/** Attaches and detaches until the other thread has finished; returns how often. */
function run({ handle, finished }: AttachLoopData): number {
  const done = new Int32Array(finished);
  let times = 0;
  do {
    const heap = Heap.attach(handle, { prewarm: 0 });
    heap.free(heap.malloc(100));
    heap.detach();
    times++;
  } while (Atomics.load(done, 0) === 0);
  return times;
}

parentPort!.postMessage(run(workerData as AttachLoopData));
