/** JavaScript twin of bench/native/replay-parallel.c, which says what is modelled. */
import { loadTrace } from '../../lib/trace-files.js';
import type { Trace } from '../../lib/trace.js';
import { CALLOC, FREE, MALLOC } from '../../lib/trace-op.js';
import { Bells } from '../bells.js';
import { checksum, type Program, rangeInParts, SEED } from './program.js';

export interface ReplayParallel {
  readonly trace: string;
}

export const replayParallel: Program<ReplayParallel> = {
  // Per slot a block and the progress there, and the bells.
  cells: ({ trace }, threads) => 2 * loadTrace(trace).trace.slots + threads,
  start({ instance: { heap, memory }, self, threads, shared, meet }, { trace: name }) {
    const { trace } = loadTrace(name);
    const lane = laneOf(trace, self, threads);
    const blocks = new Uint32Array(shared.buffer, 0, trace.slots);
    const progress = shared.subarray(trace.slots);
    const bells = new Bells(shared.subarray(2 * trace.slots), self);
    const others = Array.from({ length: threads }, (_, thread) => thread).filter((t) => t !== self);
    let base = 0;
    const { ops, slots, sizes, waits, announced } = lane;
    const play = rangeInParts((from, to) => {
      for (let i = from; i < to; i++) {
        const slot = slots[i];
        if (waits[i] !== 0) awaitEvent(progress, slot, (base + waits[i]) | 0, bells);
        const op = ops[i];
        if (op === FREE) {
          heap.free(blocks[slot]);
          blocks[slot] = 0;
        } else {
          const size = sizes[i];
          let block: number;
          if (op === MALLOC) block = heap.malloc(size);
          else if (op === CALLOC) block = heap.calloc(1, size) >>> 0;
          else block = heap.realloc(blocks[slot], size) >>> 0;
          memory.setByte(block, 0, 1);
          blocks[slot] = block;
        }
        if (announced[i] !== 0) {
          Atomics.store(progress, slot, (base + announced[i]) | 0);
          for (const other of others) bells.ring(other);
        }
      }
    });
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          play(0, ops.length);
          for (const slot of lane.leftovers) if (blocks[slot] !== 0) heap.free(blocks[slot]);
          for (const slot of lane.leftovers) blocks[slot] = 0;
          base += trace.events;
          meet();
        }
        return turns * ops.length;
      },
      finish: () => checksum(ops.length, SEED),
    };
  },
};

/** The events of one thread. */
interface Lane {
  readonly ops: Uint8Array;
  readonly slots: Int32Array;
  readonly sizes: Int32Array;
  /** Per event: the number of the event of another lane that has to come first, plus one; or 0. */
  readonly waits: Int32Array;
  /** Per event: its own number plus one, where another lane waits for it; or 0. */
  readonly announced: Int32Array;
  /** The slots whose last event this lane performs. */
  readonly leftovers: Int32Array;
}

function laneOf(trace: Trace, self: number, threads: number): Lane {
  const { op, slot, size, thread, events } = trace;
  const last = new Int32Array(trace.slots);
  const waits = new Int32Array(events);
  const announced = new Int32Array(events);
  const lane = (event: number) => thread[event] % threads;
  for (let event = 0; event < events; event++) {
    const before = last[slot[event]];
    if (before !== 0 && lane(before - 1) !== lane(event)) {
      waits[event] = before;
      announced[before - 1] = before;
    }
    last[slot[event]] = event + 1;
  }
  const mine = Array.from({ length: events }, (_, event) => event).filter((e) => lane(e) === self);
  return {
    ops: Uint8Array.from(mine, (event) => op[event]),
    slots: Int32Array.from(mine, (event) => slot[event]),
    sizes: Int32Array.from(mine, (event) => size[event]),
    waits: Int32Array.from(mine, (event) => waits[event]),
    announced: Int32Array.from(mine, (event) => announced[event]),
    leftovers: Int32Array.from(
      Array.from(last.keys()).filter(
        (where) => last[where] !== 0 && lane(last[where] - 1) === self,
      ),
    ),
  };
}

function awaitEvent(progress: Int32Array, slot: number, wanted: number, bells: Bells): void {
  while (Atomics.load(progress, slot) !== wanted) bells.missed();
  bells.found();
}
