import { parentPort, workerData } from 'node:worker_threads';
import { HakmemError, Heap } from '../../../src/index.js';
import type {
  AgentApi,
  AgentData,
  AgentEnd,
  AgentReply,
  AgentRequest,
  Parcel,
} from '../../support/agent-protocol.js';
import { Barrier } from '../../support/barrier.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { Random } from '../../support/random.js';
import { interrupt } from '../../support/interrupt.js';

const port = parentPort!;
const { handle } = workerData as AgentData;
let attached: Heap | undefined = handle && Heap.attach(handle);

function heap(): Heap {
  if (attached === undefined) throw new Error('the agent has no heap');
  return attached;
}

function parcel(size: number, tag: number): Parcel | undefined {
  const ptr = heap().malloc(size);
  if (ptr === 0) return undefined;
  fillPattern(heap(), ptr, size, tag);
  return { ptr, size, tag };
}

const api: AgentApi = {
  attach(given, prewarm) {
    attached = Heap.attach(given, prewarm === undefined ? {} : { prewarm });
    return attached.threadId;
  },
  attachesToTheSame(given) {
    return Heap.attach(given) === heap();
  },
  alloc(sizes, firstTag) {
    const parcels: Parcel[] = [];
    for (const size of sizes) {
      const next = parcel(size, firstTag + parcels.length);
      if (next === undefined) break;
      parcels.push(next);
    }
    return parcels;
  },
  fill(sizes, firstTag, barrier) {
    if (barrier !== undefined) new Barrier(barrier).wait();
    const parcels: Parcel[] = [];
    for (const size of sizes) {
      for (;;) {
        const next = parcel(size, firstTag + parcels.length);
        if (next === undefined) break;
        parcels.push(next);
      }
    }
    return parcels;
  },
  countBroken(parcels) {
    return parcels.filter(({ ptr, size, tag }) => !hasPattern(heap(), ptr, size, tag)).length;
  },
  free(ptrs) {
    for (const ptr of ptrs) heap().free(ptr);
  },
  freeView(view) {
    heap().free(view);
  },
  breakOff() {
    interrupt('compareExchange', 2, () => {
      for (let i = 0; i < 50; i++) heap().malloc(3000);
    });
  },
  codeOfFree(ptr) {
    try {
      heap().free(ptr);
    } catch (error) {
      if (error instanceof HakmemError) return error.code;
      throw error;
    }
    return 'no error';
  },
  churn(count, limit, seed) {
    const random = new Random(seed);
    const slots = new Array<number>(64).fill(0);
    for (let i = 0; i < count; i++) {
      const slot = random.below(slots.length);
      heap().free(slots[slot]!);
      slots[slot] = heap().malloc(random.size(limit));
    }
    for (const ptr of slots) heap().free(ptr);
  },
  byteLength() {
    return heap().u8.byteLength;
  },
  stats() {
    return heap().stats();
  },
  reclaim(threadId, barrier) {
    if (barrier !== undefined) new Barrier(barrier).wait();
    heap().reclaim(threadId);
  },
  flush() {
    heap().flush();
  },
  detach() {
    heap().detach();
  },
};

function answer({ id, method, args }: AgentRequest): AgentReply {
  try {
    const value = (api[method] as (...given: readonly unknown[]) => unknown)(...args);
    return { id, value };
  } catch (error) {
    if (error instanceof HakmemError) return { id, error: error.code };
    return { id, error: error instanceof Error ? String(error.stack) : String(error) };
  }
}

port.on('message', (message: AgentRequest | AgentEnd) => {
  if (message === 'close') {
    port.close();
    return;
  }
  if (message === 'exit') process.exit(7);
  if (message === 'throw') throw new Error('the agent was told to fail');
  port.postMessage(answer(message));
});
