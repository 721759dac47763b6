/** JavaScript twin of bench/native/replay.c: one thread, each block's first byte touched. */
import { Heap } from '../../src/index.js';
import { loadTrace } from '../lib/trace-files.js';
import { CALLOC, FREE, MALLOC, type Trace } from '../lib/trace.js';

export interface Replay {
  readonly trace: string;
  readonly warmup: number;
  readonly passes: number;
}

export function replay({ trace: name, warmup, passes }: Replay): { figure: number } {
  const program = programOf(loadTrace(name).trace);
  using heap = Heap.create();
  let seconds = 0;
  for (let pass = -warmup; pass < passes; pass++) {
    const start = performance.now();
    run(heap, program);
    if (pass >= 0) seconds += (performance.now() - start) / 1000;
    freeLeftovers(heap, program.blocks);
  }
  return { figure: (program.ops.length * passes) / seconds };
}

/** Slabs and runs that the heap used at most, as a multiple of the trace's own peak, in one pass. */
export function footprint({ trace: name }: { trace: string }): { figure: number } {
  const { trace } = loadTrace(name);
  using heap = Heap.create();
  run(heap, programOf(trace));
  return { figure: heap.stats().peakSlabBytesInUse / trace.peakLiveBytes };
}

interface Program {
  readonly ops: Uint8Array;
  readonly slots: Int32Array;
  readonly sizes: Int32Array;
  /** Per slot, the block in it. */
  readonly blocks: Int32Array;
}

/** Numbers below 2^31 only, which V8 keeps in registers wherever they go. */
function programOf(trace: Trace): Program {
  return {
    ops: trace.op,
    slots: Int32Array.from(trace.slot),
    sizes: Int32Array.from(trace.size),
    blocks: new Int32Array(trace.slots),
  };
}

function run(heap: Heap, { ops, slots, sizes, blocks }: Program): void {
  let bytes = heap.u8;
  for (let i = 0; i < ops.length; i++) {
    const slot = slots[i];
    const op = ops[i];
    if (op === FREE) {
      heap.free(blocks[slot]);
      blocks[slot] = 0;
      continue;
    }
    const size = sizes[i];
    let ptr: number;
    if (op === MALLOC) ptr = heap.malloc(size);
    else if (op === CALLOC) ptr = heap.calloc(1, size);
    else ptr = heap.realloc(blocks[slot], size);
    if (ptr === 0) throw new Error(`out of memory at event ${i}`);
    if (ptr >= bytes.length) bytes = heap.u8;
    bytes[ptr] = 1;
    blocks[slot] = ptr;
  }
}

function freeLeftovers(heap: Heap, blocks: Int32Array): void {
  for (let slot = 0; slot < blocks.length; slot++) {
    if (blocks[slot] !== 0) heap.free(blocks[slot]);
    blocks[slot] = 0;
  }
}
