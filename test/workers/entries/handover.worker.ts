import { parentPort, workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../../src/index.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { Random } from '../../support/random.js';
import { Ring } from '../../support/ring.js';

export interface HandoverData {
  readonly handle: HeapHandle;
  readonly inbox: SharedArrayBuffer;
  readonly outbox: SharedArrayBuffer;
  /** Blocks to send, and blocks to receive. */
  readonly count: number;
  readonly limit: number;
  readonly seed: number;
}

export interface HandoverAnswer {
  readonly received: number;
  readonly broken: number;
}

/**
 * Sends `count` blocks with contents through shared memory, and frees as many that come from
 * another thread, both at the same time.
 */
function run({ handle, inbox, outbox, count, limit, seed }: HandoverData): HandoverAnswer {
  const heap = Heap.attach(handle);
  const [incoming, outgoing] = [new Ring(inbox), new Ring(outbox)];
  const random = new Random(seed);
  let sent = 0;
  let received = 0;
  let broken = 0;
  let waiting: { ptr: number; size: number; tag: number } | undefined;
  while (sent < count || received < count) {
    if (waiting === undefined && sent < count) {
      const size = random.size(limit);
      const ptr = heap.malloc(size);
      // Without room for the moment the other thread has blocks to free first.
      if (ptr !== 0) {
        waiting = { ptr, size, tag: seed * count + sent };
        fillPattern(heap, ptr, size, waiting.tag);
      }
    }
    if (waiting !== undefined && outgoing.push(waiting)) {
      waiting = undefined;
      sent += 1;
    }
    const parcel = incoming.take();
    if (parcel === undefined) continue;
    received += 1;
    if (!hasPattern(heap, parcel.ptr, parcel.size, parcel.tag)) broken += 1;
    heap.free(parcel.ptr);
  }
  heap.detach();
  return { received, broken };
}

parentPort!.postMessage(run(workerData as HandoverData));
