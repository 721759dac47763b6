/** JavaScript twin of bench/native/replay-parallel.c, which says what is modelled. */
import { loadTrace } from '../../lib/trace-files.js';
import type { Trace } from '../../lib/trace.js';
import { Bells } from '../bells.js';
import { type Events, player } from './player.js';
import { checksum, type Program, SEED } from './program.js';

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
    const events = lane.ops.length;
    const play = player(heap, memory, { ...lane, blocks });
    let base = 0;
    const pass = () => {
      let from = 0;
      for (const { at, slot, waits, announces } of lane.stops) {
        play(from, at);
        if (waits !== 0) awaitEvent(progress, slot, (base + waits) | 0, bells);
        play(at, at + 1);
        if (announces !== 0) {
          Atomics.store(progress, slot, (base + announces) | 0);
          for (const other of others) bells.ring(other);
        }
        from = at + 1;
      }
      play(from, events);
    };
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          pass();
          for (const slot of lane.leftovers) if (blocks[slot] !== 0) heap.free(blocks[slot]);
          for (const slot of lane.leftovers) blocks[slot] = 0;
          base += trace.events;
          meet();
        }
        return turns * events;
      },
      finish: () => checksum(events, SEED),
    };
  },
};

/** The events of one thread. */
interface Lane extends Omit<Events, 'blocks'> {
  readonly stops: readonly Stop[];
  /** The slots whose last event this lane performs. */
  readonly leftovers: Int32Array;
}

/** An event that has to come after one of another lane, or before one. */
interface Stop {
  /** Which of the lane's events it is. */
  readonly at: number;
  readonly slot: number;
  /** The number in the trace of the event that has to come first, plus one; or 0. */
  readonly waits: number;
  /** Its own number in the trace plus one, where another lane waits for it; or 0. */
  readonly announces: number;
}

function laneOf(trace: Trace, self: number, threads: number): Lane {
  const { op, slot, size, thread, events } = trace;
  const last = new Int32Array(trace.slots);
  const waits = new Int32Array(events);
  const announces = new Int32Array(events);
  const lane = (event: number) => thread[event] % threads;
  for (let event = 0; event < events; event++) {
    const before = last[slot[event]];
    if (before !== 0 && lane(before - 1) !== lane(event)) {
      waits[event] = before;
      announces[before - 1] = before;
    }
    last[slot[event]] = event + 1;
  }
  const mine = Array.from({ length: events }, (_, event) => event).filter((e) => lane(e) === self);
  return {
    ops: Uint8Array.from(mine, (event) => op[event]),
    slots: Int32Array.from(mine, (event) => slot[event]),
    sizes: Int32Array.from(mine, (event) => size[event]),
    stops: mine
      .map((event, at) => {
        return { at, slot: slot[event], waits: waits[event], announces: announces[event] };
      })
      .filter((stop) => stop.waits !== 0 || stop.announces !== 0),
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
