/** JavaScript twin of bench/native/xmalloc.c, which says what is modelled. */
import { Bells } from '../bells.js';
import { xorshift32 } from '../../lib/random.js';
import { type Program, SEED, type Thread } from './program.js';
import { copyingLink } from './xmalloc-copy.js';

export interface Xmalloc {
  readonly lo: number;
  readonly hi: number;
  readonly batch: number;
  readonly depth: number;
}

/** How batches come from the thread before and go to the next one. */
export interface Link {
  /** Allocates a batch for ring place `place`, with the generator's state, and returns the state. */
  fill(place: number, state: number): number;
  /** Sends it. */
  sent(count: number): void;
  /** Frees the batch of ring place `place`. */
  empty(place: number): void;
}

/** In a ring's cells, which lie in cache lines of their own: */
const TAKEN = 0;
const FILLED = 32;
const BLOCKS = 64;

export const xmalloc: Program<Xmalloc> = {
  cells: ({ batch, depth }, threads) => threads * (ringCells(batch, depth) + 1),
  start(thread, parameters) {
    const { self, threads, shared } = thread;
    const { batch, depth } = parameters;
    const before = (self + threads - 1) % threads;
    const after = (self + 1) % threads;
    const cells = ringCells(batch, depth);
    const bells = new Bells(shared.subarray(threads * cells), self);
    const out = shared.subarray(self * cells, (self + 1) * cells);
    const into = shared.subarray(before * cells, (before + 1) * cells);
    const link = thread.sharing
      ? sharingLink(thread, parameters, out, into)
      : copyingLink(thread, parameters);
    let state = (SEED + self) | 0;
    let sent = 0;
    let received = 0;
    return {
      run: (turns) => {
        const [lastSent, lastReceived] = [sent + turns, received + turns];
        while (sent < lastSent || received < lastReceived) {
          let moved = false;
          if (sent < lastSent && sent - Atomics.load(out, TAKEN) < depth) {
            state = link.fill(sent % depth, state);
            link.sent(++sent);
            Atomics.store(out, FILLED, sent);
            bells.ring(after);
            moved = true;
          }
          if (received < lastReceived && Atomics.load(into, FILLED) > received) {
            link.empty(received % depth);
            Atomics.store(into, TAKEN, ++received);
            bells.ring(before);
            moved = true;
          }
          if (moved) bells.found();
          else bells.missed();
        }
        return 2 * batch * turns;
      },
      finish: () => state,
    };
  },
};

function ringCells(batch: number, depth: number): number {
  return BLOCKS + Math.ceil((batch * depth) / 32) * 32;
}

function sharingLink(
  { instance: { heap, memory } }: Thread,
  { lo, hi, batch }: Xmalloc,
  out: Int32Array<SharedArrayBuffer>,
  into: Int32Array<SharedArrayBuffer>,
): Link {
  const addresses = (ring: Int32Array<SharedArrayBuffer>) =>
    new Uint32Array(ring.buffer, ring.byteOffset + BLOCKS * 4, ring.length - BLOCKS);
  const [outgoing, incoming] = [addresses(out), addresses(into)];
  const span = hi - lo + 1;
  return {
    fill: (place, state) => {
      let x = state | 0;
      for (let i = place * batch, end = i + batch; i < end; i++) {
        x = xorshift32(x);
        const size = (lo + ((((x >>> 8) & 1023) * span) >>> 10)) | 0;
        const block = heap.malloc(size);
        memory.setWord(block, 0, size);
        outgoing[i] = block;
      }
      return x;
    },
    sent: () => undefined,
    empty: (place) => {
      for (let i = place * batch, end = i + batch; i < end; i++) heap.free(incoming[i]);
    },
  };
}
