/** JavaScript twin of bench/native/replay-parallel.c, which says what is modelled. */
import { loadTrace } from '../../lib/trace-files.js';
import { FREE, MALLOC, CALLOC, type Trace } from '../../lib/trace.js';
import type { Allocator, Memory } from '../allocators/instance.js';
import { checksum, type Program, SEED } from './program.js';

export interface ReplayParallel {
  readonly trace: string;
}

/** Looks at a cell this often before it naps. */
const SPINS = 1000;
const NAP_MS = 1;

export const replayParallel: Program<ReplayParallel> = {
  // Per slot a block and the progress there.
  cells: ({ trace }) => 2 * loadTrace(trace).trace.slots,
  start({ instance: { heap, memory }, self, threads, shared, meet }, { trace: name }) {
    const { trace } = loadTrace(name);
    const lane = laneOf(trace, self, threads);
    const blocks = new Uint32Array(shared.buffer, 0, trace.slots);
    const progress = shared.subarray(trace.slots);
    let base = 0;
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          perform(heap, memory, lane, blocks, progress, base);
          for (const slot of lane.leftovers) if (blocks[slot] !== 0) heap.free(blocks[slot]);
          for (const slot of lane.leftovers) blocks[slot] = 0;
          base += trace.events;
          meet();
        }
        return turns * lane.ops.length;
      },
      finish: () => checksum(lane.ops.length, SEED),
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

function perform(
  heap: Allocator,
  memory: Memory,
  { ops, slots, sizes, waits, announced }: Lane,
  blocks: Uint32Array,
  progress: Int32Array,
  base: number,
): void {
  for (let i = 0; i < ops.length; i++) {
    const slot = slots[i];
    if (waits[i] !== 0) awaitEvent(progress, slot, (base + waits[i]) | 0);
    const op = ops[i];
    if (op === FREE) {
      heap.free(blocks[slot]);
      blocks[slot] = 0;
    } else {
      const size = sizes[i];
      let block: number;
      if (op === MALLOC) block = heap.malloc(size);
      else if (op === CALLOC) block = heap.calloc(1, size);
      else block = heap.realloc(blocks[slot], size);
      memory.setByte(block, 0, 1);
      blocks[slot] = block;
    }
    if (announced[i] !== 0) Atomics.store(progress, slot, (base + announced[i]) | 0);
  }
}

function awaitEvent(progress: Int32Array, slot: number, wanted: number): void {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(progress, slot) === wanted) return;
  for (;;) {
    const seen = Atomics.load(progress, slot);
    if (seen === wanted) return;
    Atomics.wait(progress, slot, seen, NAP_MS);
  }
}
