/** A worker of a soak: it attaches, works until it is stopped or killed, and meets faults on the way. */
import { parentPort, workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../src/index.js';
import { R_STATE } from '../../src/base/offsets.js';
import { collectGarbage } from '../support/garbage.js';
import { Random } from '../support/random.js';
import { type Faults, injectFaults } from './faults.js';
import { codeOf, Laborer } from './laborer.js';
import { type Account, Yard } from './yard.js';

export interface SoakData {
  readonly handle: HeapHandle;
  readonly yard: SharedArrayBuffer;
  readonly index: number;
  readonly seed: number;
  readonly limit: number;
  readonly faults: Faults;
}

const STEPS_A_TURN = 400;

function attach(handle: HeapHandle, account: Account, random: Random): Heap {
  const heap = Heap.attach(handle, { prewarm: random.below(20) });
  account.threadId = heap.threadId;
  return heap;
}

/** Reclaims a thread that the soak asks for, if nobody else has. */
function reclaimOnRequest(heap: Heap, yard: Yard, account: Account): void {
  const request = yard.takeRequest();
  if (!request) return;
  const { cells, geometry } = heap['core'];
  const record = geometry.records + request.threadId * geometry.recordCells;
  if (Atomics.load(cells, record + R_STATE) !== request.state) return;
  try {
    heap.reclaim(request.threadId);
    account.count('reclaims');
  } catch (error) {
    if (codeOf(error) !== 'ERR_INVALID_THREAD') throw error;
  }
}

function work({ handle, yard: buffer, index, seed, limit, faults }: SoakData): void {
  const yard = new Yard(buffer);
  const account = yard.account(index);
  const random = new Random(seed);
  injectFaults(faults, random, account);
  let laborer = new Laborer(attach(handle, account, random), account, random, limit);
  while (!yard.stopped) {
    for (let step = 0; step < STEPS_A_TURN; step++) laborer.step();
    reclaimOnRequest(laborer.heap, yard, account);
    if (random.chance(0.01)) {
      account.threadId = -1;
      laborer.heap.detach();
      account.count('detaches');
      laborer = new Laborer(attach(handle, account, random), account, random, limit);
    }
    if (faults.pauses && random.chance(0.01)) {
      collectGarbage();
      account.count('pauses');
    }
  }
  account.threadId = -1;
  laborer.heap.detach();
}

try {
  work(workerData as SoakData);
} catch (error) {
  parentPort!.postMessage(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
