/**
 * Core: one thread's window on one heap. It holds the views, the geometry and the thread's own
 * record, and no state that matters to others: everything shared stands in the buffer. Every slow
 * path takes it as its first argument.
 *
 * What a thread calls to attach and to detach stands in functions, here and above: they can be compiled
 * with the bundle, which the methods of a class cannot; see scripts/eager.mjs.
 */
import { acquire, type Cells } from './atomics.js';
import { type Geometry } from './geometry.js';
import { H_CAPACITY, H_RECORDS, H_TUNABLES } from './offsets.js';
import { SLAB_BYTES, SLAB_CELLS } from './layout.js';

/** A shared WebAssembly.Memory, as far as a heap needs it; spelled out, since not every project
 * that uses this package has the types of WebAssembly. */
export interface SharedMemory {
  readonly buffer: object;
  grow(pages: number): number;
}

/** Of a WebAssembly.Memory. */
const PAGE_BYTES = 65536;

/** Pages by which a memory has to grow to have `bytes`; none or fewer when it has them. */
export function pagesMissing(memory: SharedMemory, bytes: number): number {
  return Math.ceil((bytes - (memory.buffer as SharedArrayBuffer).byteLength) / PAGE_BYTES);
}

/** Looks at a memory's buffer before the heap counts as damaged. */
const LOOKS = 1000;

/**
 * The buffer of a memory, which is to have `needed` bytes. What another thread grew shows in a
 * thread's `memory.buffer` only after that thread has come to a place where V8 looks for news, such as
 * a loop's back edge; so this looks again, and gives up in the end, since a heap's bytes may lie.
 */
export function bufferReaching(memory: SharedMemory, needed: () => number): SharedArrayBuffer {
  let buffer = memory.buffer as SharedArrayBuffer;
  for (let look = 0; look < LOOKS && buffer.byteLength < needed(); look++) {
    buffer = memory.buffer as SharedArrayBuffer;
  }
  return buffer;
}

/** The `thread` of a core without one. */
export const DETACHED = -1;
/** `INTERRUPTED - thread` stands for a thread that an error threw out of the middle of a call. */
export const INTERRUPTED = -2;

export class Core {
  /**
   * The allocator's views over the buffer, always of a fixed length. They end where the heap must: a
   * user's memory may be longer, and the page map has no words for what lies there.
   */
  cells: Cells;
  doubles: Float64Array<SharedArrayBuffer>;
  buffer: SharedArrayBuffer;
  /** Slabs that the views reach. */
  slabs: number;
  /**
   * This thread's number and the cell of its record; `DETACHED` and 0 while not attached. Below
   * `DETACHED` the number is hidden by `INTERRUPTED`, see `resume.ts`.
   */
  thread = DETACHED;
  record = 0;
  /** Whether the free or the resize under way is past its change of hands. */
  handsChanged = false;
  /** The Large block that this thread resizes in place, by its first slab, and the slabs that it had. */
  resizing = 0;
  resizingFrom = 0;
  /** Debug build: what the trailer of a user's block in this thread's hands said (hardened/hand.ts). */
  held: { readonly size: number; readonly allocated: number } | undefined = undefined;

  readonly header: number;
  readonly pageMap: number;
  readonly states: number;
  readonly freeMasks: number;
  readonly touched: number;

  constructor(
    readonly geometry: Geometry,
    /** Present when the heap lives in the user's WebAssembly.Memory. */
    readonly memory: SharedMemory | undefined,
    buffer: SharedArrayBuffer,
  ) {
    this.header = geometry.header;
    this.pageMap = geometry.pageMap;
    this.states = geometry.states;
    this.freeMasks = geometry.freeMasks;
    this.touched = geometry.touched;
    this.buffer = buffer;
    this.slabs = Math.min(geometry.maxSlabs, Math.floor(buffer.byteLength / SLAB_BYTES));
    this.cells = new Int32Array(buffer, 0, this.slabs * SLAB_CELLS);
    this.doubles = new Float64Array(buffer, 0, (this.slabs * SLAB_CELLS) / 2);
  }

  /**
   * Makes the views reach the end of a block. One that lies in slabs that another thread grew the heap
   * by may start within them and end beyond.
   */
  reach(end: number): void {
    if (end > this.slabs * SLAB_BYTES) refreshViews(this);
  }

  /**
   * One past the highest thread record that was ever in use, whatever the header says.
   * @atomics cold CORRECTNESS: records are walked up to the last that any thread has taken.
   */
  get recordsUsed(): number {
    const used = acquire(this.cells, this.header + H_RECORDS);
    return Math.max(0, Math.min(used, this.geometry.maxThreads));
  }
}

/**
 * Makes the views reach the buffer's present end, if they do not yet. The `byteLength` of a growable
 * buffer never shows less than what a thread was told through the heap.
 */
export function refreshViews(core: Core): void {
  const buffer = core.memory ? memoryBuffer(core, core.memory) : core.buffer;
  const slabs = Math.min(core.geometry.maxSlabs, Math.floor(buffer.byteLength / SLAB_BYTES));
  if (slabs === core.slabs) return;
  core.buffer = buffer;
  core.cells = new Int32Array(buffer, 0, slabs * SLAB_CELLS);
  core.doubles = new Float64Array(buffer, 0, (slabs * SLAB_CELLS) / 2);
  core.slabs = slabs;
}

/**
 * @atomics cold CORRECTNESS: the views must reach the capacity that another thread has
 *   published.
 */
function memoryBuffer(core: Core, memory: SharedMemory): SharedArrayBuffer {
  return bufferReaching(memory, () => acquire(core.cells, core.header + H_CAPACITY) * SLAB_BYTES);
}

/** A setting of the heap's tunables block; read on slow paths only. */
export function tunable(core: Core, index: number): number {
  if (FLAGS.HAKMEM_CONST_CONFIG) return FLAGS.CONST_SETTINGS[index];
  return core.cells[core.header + H_TUNABLES + index];
}
