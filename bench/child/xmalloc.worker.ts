/** One side of xmalloc: allocates batches for the other side, frees the batches that it gets. */
import { parentPort, workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../src/index.js';
import { BATCH, DEPTH, FILLED, slotOf, TAKEN } from './batch-ring.js';
import { SEED } from './seed.js';
import { type Xmalloc } from './xmalloc.js';

export interface XmallocSide extends Xmalloc {
  readonly handle: HeapHandle;
  readonly rings: readonly [SharedArrayBuffer, SharedArrayBuffer];
  readonly together: SharedArrayBuffer;
  readonly bells: SharedArrayBuffer;
  readonly self: 0 | 1;
}

export interface XmallocResult {
  readonly operations: number;
  readonly seconds: number;
}

const SIDES = 2;
/**
 * Idle turns, some microseconds, before a side sleeps until the other rings; its C twin gives its
 * core away instead. With many more, two sides that have to share a core would hinder each other.
 */
const SPINS = 1000;
const NAP_MS = 1;

function ring(bells: Int32Array, other: number): void {
  if (Atomics.load(bells, other) === 0) return;
  Atomics.store(bells, other, 0);
  Atomics.notify(bells, other);
}

function exchange(
  heap: Heap,
  out: Int32Array,
  into: Int32Array,
  bells: Int32Array,
  self: number,
  state: number,
  lo: number,
  span: number,
  rounds: number,
): number {
  let x = state;
  let sent = 0;
  let received = 0;
  let idle = 0;
  const sentBefore = Atomics.load(out, FILLED);
  const receivedBefore = Atomics.load(into, TAKEN);
  while (sent < rounds || received < rounds) {
    let moved = false;
    const filled = sentBefore + sent;
    if (sent < rounds && filled - Atomics.load(out, TAKEN) < DEPTH) {
      x = fill(heap, out, slotOf(filled), x, lo, span);
      Atomics.store(out, FILLED, filled + 1);
      ring(bells, 1 - self);
      sent++;
      moved = true;
    }
    const taken = receivedBefore + received;
    if (received < rounds && Atomics.load(into, FILLED) > taken) {
      empty(heap, into, slotOf(taken));
      Atomics.store(into, TAKEN, taken + 1);
      ring(bells, 1 - self);
      received++;
      moved = true;
    }
    idle = moved ? 0 : idle + 1;
    // The bell is put down first and the rings are looked at once more, so no ring is missed.
    if (idle === SPINS) Atomics.store(bells, self, 1);
    else if (idle > SPINS) {
      Atomics.wait(bells, self, 1, NAP_MS);
      idle = 0;
    }
  }
  return x;
}

function fill(
  heap: Heap,
  ring: Int32Array,
  first: number,
  state: number,
  lo: number,
  span: number,
): number {
  let words = heap.i32;
  let x = state;
  for (let i = first; i < first + BATCH; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    const size = lo + ((((x >>> 8) & 1023) * span) >>> 10);
    const ptr = heap.malloc(size);
    if (ptr === 0) throw new Error('out of memory');
    const word = ptr >>> 2;
    if (word >= words.length) words = heap.i32;
    words[word] = size;
    ring[i] = ptr;
  }
  return x;
}

function empty(heap: Heap, ring: Int32Array, first: number): void {
  for (let i = first; i < first + BATCH; i++) heap.free(ring[i]);
}

/** Waits until both sides have called it `time` times. */
function meet(together: Int32Array, time: number): void {
  Atomics.add(together, 0, 1);
  while (Atomics.load(together, 0) < time * SIDES);
}

const { handle, rings, together, bells, self, lo, hi, warmup, batches } = workerData as XmallocSide;
using heap = Heap.attach(handle);
const [out, into] = [new Int32Array(rings[self]), new Int32Array(rings[1 - self])];
const barrier = new Int32Array(together);
const bell = new Int32Array(bells);
const span = hi - lo + 1;

meet(barrier, 1);
const state = exchange(heap, out, into, bell, self, (SEED + self) | 0, lo, span, warmup);
meet(barrier, 2);
const start = performance.now();
exchange(heap, out, into, bell, self, state, lo, span, batches);
const seconds = (performance.now() - start) / 1000;
const result: XmallocResult = { operations: 2 * BATCH * batches, seconds };
parentPort?.postMessage(result);
