/** JavaScript twin of bench/native/replay.c: one thread, each block's first byte touched. */
import { Heap } from '../../src/index.js';
import { loadTrace } from '../lib/trace-files.js';
import type { Trace } from '../lib/trace.js';
import { type AllocatorChoice, openAllocator } from './allocators/index.js';
import type { Allocator, Slots } from './allocators/instance.js';
import { type Events, type PlayedMemory, player } from './programs/player.js';

export interface Replay {
  readonly trace: string;
  readonly warmup: number;
  readonly passes: number;
  readonly allocator: AllocatorChoice;
}

/** Twice and more of what any bundled trace has live at once. */
const ROOM = 2 ** 30;
/** How often a footprint looks at the memory in use; the twin in C does as often. */
const SAMPLES = 200;

export async function replay(options: Replay): Promise<{ figure: number }> {
  const { trace: name, warmup, passes, allocator } = options;
  using instance = await openAllocator(allocator, { bytes: ROOM, threads: 1 });
  const { heap, memory } = instance;
  const program = programOf(loadTrace(name).trace, instance.slots);
  const play = player(heap, memory, program);
  let seconds = 0;
  for (let pass = -warmup; pass < passes; pass++) {
    const start = performance.now();
    play(0, program.ops.length);
    if (pass >= 0) seconds += (performance.now() - start) / 1000;
    freeLeftovers(heap, program.blocks);
  }
  instance.check();
  return { figure: (program.ops.length * passes) / seconds };
}

export interface Footprint {
  /** Slabs and runs that the heap used at most, as a multiple of the trace's own peak. */
  readonly figure: number;
  /** Slabs and runs in use, in bytes, in the course of the pass. */
  readonly used: readonly number[];
  /** What the trace has live at the same moments. */
  readonly live: readonly number[];
}

/** One pass on a heap that grows as a user's would. */
export function footprint({ trace: name }: { trace: string }): Footprint {
  const { trace } = loadTrace(name);
  using heap = Heap.create();
  const program = programOf(trace, (count) => new Uint32Array(count));
  const touch = new GrowingMemory(heap);
  const play = player(heap, touch, program);
  const live = new LiveBytes(trace);
  const [used, lives]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor((trace.events * sample) / SAMPLES);
    const end = Math.floor((trace.events * (sample + 1)) / SAMPLES);
    play(start, end);
    used.push(heap.stats().slabBytesInUse);
    lives.push(live.after(end));
  }
  const figure = heap.stats().peakSlabBytesInUse / trace.peakLiveBytes;
  freeLeftovers(heap, program.blocks);
  return { figure, used, live: lives };
}

class GrowingMemory implements PlayedMemory {
  #bytes: Uint8Array;

  constructor(readonly heap: Heap) {
    this.#bytes = heap.u8;
  }

  setByte(block: number, offset: number, value: number): void {
    if (block >= this.#bytes.length) this.#bytes = this.heap.u8;
    this.#bytes[block + offset] = value;
  }

  plain(block: number): number {
    return block >>> 0;
  }
}

class LiveBytes {
  readonly #sizes: Uint32Array;
  #at = 0;
  #bytes = 0;

  constructor(readonly trace: Trace) {
    this.#sizes = new Uint32Array(trace.slots);
  }

  /** Requested bytes that are live after so many events; to be asked in their order. */
  after(events: number): number {
    const { slot, size } = this.trace;
    for (; this.#at < events; this.#at++) {
      const where = slot[this.#at];
      this.#bytes += size[this.#at] - this.#sizes[where];
      this.#sizes[where] = size[this.#at];
    }
    return this.#bytes;
  }
}

function programOf(trace: Trace, newSlots: (count: number) => Slots): Events {
  return {
    ops: trace.op,
    slots: Int32Array.from(trace.slot),
    sizes: Int32Array.from(trace.size),
    blocks: newSlots(trace.slots),
  };
}

function freeLeftovers(heap: Allocator, blocks: Slots): void {
  for (let slot = 0; slot < blocks.length; slot++) {
    if (blocks[slot]) heap.free(blocks[slot]);
    blocks[slot] = 0;
  }
}
