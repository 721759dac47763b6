/**
 * Heap: the public face of one heap on one thread, and the fast paths.
 *
 * malloc: size -> class by a table, pop from the thread cache. free: page map -> class, three
 * checks, push onto the thread cache. Neither uses an atomic operation, a lock or an object; the
 * slow halves stand behind them and say why they are needed.
 */
import { Arena, type ArenaOptions } from './arena.js';
import { acquire } from './base/atomics.js';
import type { Core } from './base/core.js';
import {
  detached,
  doubleFree,
  heapExhausted,
  type HakmemError,
  invalidAlignment,
  invalidOption,
  invalidPointer,
  invalidSize,
  invalidThread,
  tooManyThreads,
} from './base/errors.js';
import {
  C_EMPTY,
  C_LIMIT,
  C_MALLOCS,
  CACHE_MAX,
  CACHE_SHIFT,
  H_RECORDS,
  R_OS_THREAD,
  R_STATE,
} from './base/geometry.js';
import {
  FREE_MARK,
  MAX_ALIGNMENT,
  PAGE_CLASS,
  PAGE_LARGE,
  PAGE_SHIFT,
  SLAB_BYTES,
  SLAB_SHIFT,
} from './base/layout.js';
import {
  alignedClassOf,
  CLASS_MAGIC,
  CLASS_MAX,
  classOf,
  MID_MAX,
  SMALL_CLASS,
} from './base/sizeclass.js';
import type { SharedView, TypedArrayConstructor } from './base/typed-array.js';
import { flushAll, makeRoom, refill } from './cache/flow.js';
import {
  createHeap,
  type HeapHandle,
  type HeapOptions,
  openHeap,
  prewarmOption,
  sameMemory,
} from './handle.js';
import { type BlockInfo, blocksOf } from './inspect/blocks.js';
import { type HeapStats, statsOf } from './inspect/stats.js';
import { type HeapReport, verifyHeap } from './inspect/verify.js';
import { freeRun, mallocRun, resizeRun } from './large/run.js';
import { copy, zero } from './memory.js';
import { osThreadOf, OS_THREAD, type WorkerLike } from './platform.js';
import { FREE_ALREADY, reasonOf, route, usableBytes } from './route.js';
import { beginReclaim, finishReclaim } from './thread/reclaim.js';
import { detachThread } from './thread/detach.js';
import { claimRecord, RECORD_ATTACHED, recordKind, recordOf } from './thread/record.js';
import { AttachedHeaps } from './threads.js';
import { prewarm } from './tiny/prewarm.js';
import { Views, type ViewTypes } from './views.js';

/** An address: the byte offset of a block in the heap's buffer. 0 is never a block. */
export type Ptr = number;

/** What `reclaim` brought back. */
export interface ReclaimReport {
  readonly threadId: number;
  /** Free blocks that the dead thread had cached. */
  readonly blocks: number;
  /** Slabs that it had owned; they are free or wait for adoption. */
  readonly slabs: number;
}

const attachedHeaps = new AttachedHeaps<Heap>();

/** What a detached Heap has for cells: every cache empty and full at once, and no block anywhere. */
const NO_CELLS = new Int32Array(new SharedArrayBuffer(64 << (CACHE_SHIFT + 2)));
for (let region = 1 << CACHE_SHIFT; region < NO_CELLS.length; region += 1 << CACHE_SHIFT) {
  NO_CELLS[region] = region + C_EMPTY;
  NO_CELLS[region + C_LIMIT] = region + C_EMPTY;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * One heap, as one thread sees it. Every method may be called by the thread that created or attached
 * it; other threads attach to `handle` and get a Heap of their own.
 * @public
 */
export class Heap implements Disposable {
  // The three fields that the fast paths read, apart from the tables of the size classes.
  private cells: Int32Array<SharedArrayBuffer>;
  private record: number;
  private pageMap: number;
  private readonly core: Core;
  private readonly views: Views;

  /** This thread's record in the heap: 0 to maxThreads - 1. */
  readonly threadId: number;

  private constructor(core: Core) {
    if (claimRecord(core, OS_THREAD) < 0) throw tooManyThreads(core.geometry.maxThreads);
    this.core = core;
    this.views = new Views(core);
    this.cells = core.cells;
    this.record = core.record;
    this.pageMap = core.pageMap;
    this.threadId = core.thread;
  }

  /**
   * Makes a heap and attaches this thread to it.
   *
   * @throws HakmemError `ERR_INVALID_OPTION`
   */
  static create(options: HeapOptions = {}): Heap {
    const blocks = prewarmOption((options as HeapOptions | null)?.prewarm);
    return Heap.open(createHeap(options), blocks);
  }

  /**
   * Attaches this thread to a heap. A handle of a heap that this thread is attached to gives the
   * same Heap again, whichever clone of the handle it is.
   *
   * @throws HakmemError `ERR_INCOMPATIBLE_HEAP`, `ERR_TOO_MANY_THREADS`, `ERR_INVALID_OPTION`
   */
  static attach(handle: HeapHandle, options: { prewarm?: number } = {}): Heap {
    const blocks = prewarmOption((options as { prewarm?: number } | null)?.prewarm);
    const core = openHeap(handle);
    return attachedHeaps.find(core) ?? Heap.open(core, blocks);
  }

  private static open(core: Core, blocks: number): Heap {
    const heap = new Heap(core);
    attachedHeaps.add(core, heap);
    prewarm(core, Math.min(blocks, CACHE_MAX));
    heap.sync();
    return heap;
  }

  /** What other threads attach to. Structured-cloneable; of the heap, not of this thread. */
  get handle(): HeapHandle {
    const { buffer, memory, geometry } = this.core;
    const base = geometry.baseSlab * SLAB_BYTES;
    return { kind: 'hakmem', buffer, ...(memory && { memory }), base };
  }

  /** True until this thread detaches. */
  get attached(): boolean {
    return this.core.thread >= 0;
  }

  // ---- malloc -------------------------------------------------------------------------------

  /**
   * Takes a block.
   *
   * @param size in bytes; 0 gives a block of its own too
   * @returns its address, a multiple of 16; 0 when the heap is exhausted. Its content is whatever
   *   was there before.
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_DETACHED`
   */
  malloc(size: number): Ptr {
    if (size >>> 0 === size && size <= MID_MAX) {
      const sizeClass = SMALL_CLASS[(size + 15) >>> 4];
      const region = this.record + (sizeClass << CACHE_SHIFT);
      const { cells } = this;
      const top = cells[region];
      if (top !== region + C_EMPTY) {
        const block = cells[top];
        const mallocs = (cells[region + C_MALLOCS] + 1) | 0;
        cells[region] = top - 1;
        cells[region + C_MALLOCS] = mallocs;
        if (mallocs === 0) cells[region + C_MALLOCS + 1]++;
        cells[block >>> 2] = 0;
        return block >>> 0;
      }
      return this.mallocFromSlabs(sizeClass);
    }
    return this.mallocOther(size);
  }

  /** The cache is empty: fill it, and take from it. */
  private mallocFromSlabs(sizeClass: number): Ptr {
    this.assertAttached();
    const filled = refill(this.core, sizeClass);
    this.sync();
    return filled ? this.take(sizeClass) : 0;
  }

  /** Sizes without a place in the small table: Large ones, and those that are none. */
  private mallocOther(size: number): Ptr {
    if (!isSize(size)) throw invalidSize('size', size);
    this.assertAttached();
    if (size <= CLASS_MAX) return this.take(classOf(size));
    const ptr = mallocRun(this.core, size, false);
    this.sync();
    return ptr;
  }

  /** `malloc` by class. */
  private take(sizeClass: number): Ptr {
    const region = this.record + (sizeClass << CACHE_SHIFT);
    const { cells } = this;
    const top = cells[region];
    if (top === region + C_EMPTY) return this.mallocFromSlabs(sizeClass);
    const block = cells[top];
    const mallocs = (cells[region + C_MALLOCS] + 1) | 0;
    cells[region] = top - 1;
    cells[region + C_MALLOCS] = mallocs;
    if (mallocs === 0) cells[region + C_MALLOCS + 1]++;
    cells[block >>> 2] = 0;
    return block >>> 0;
  }

  /**
   * Takes a block of `count` times `size` bytes, all of them zero. Memory that was never in use is
   * not touched for it.
   *
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_DETACHED`
   */
  calloc(count: number, size: number): Ptr {
    if (!isSize(count)) throw invalidSize('count', count);
    if (!isSize(size)) throw invalidSize('size', size);
    this.assertAttached();
    const bytes = count * size;
    if (bytes > CLASS_MAX) {
      const ptr = mallocRun(this.core, bytes, true);
      this.sync();
      return ptr;
    }
    const sizeClass = classOf(bytes);
    const region = this.record + (sizeClass << CACHE_SHIFT);
    if (this.cells[region] === region + C_EMPTY) {
      const filled = refill(this.core, sizeClass);
      this.sync();
      if (!filled) return 0;
    }
    const block = this.cells[this.cells[region]];
    const untouched = this.cells[block >>> 2] === (block ^ FREE_MARK ^ 1);
    const ptr = this.take(sizeClass);
    if (!untouched) zero(this.core, ptr, bytes);
    return ptr;
  }

  /**
   * Takes a block whose address is a multiple of `alignment`.
   *
   * @param alignment a power of two from 1 to 65536
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_ALIGNMENT`, `ERR_DETACHED`
   */
  memalign(alignment: number, size: number): Ptr {
    if (!isSize(alignment)) throw invalidSize('alignment', alignment);
    if (!isSize(size)) throw invalidSize('size', size);
    if (alignment === 0 || alignment > MAX_ALIGNMENT || (alignment & (alignment - 1)) !== 0) {
      throw invalidAlignment(alignment);
    }
    return size > CLASS_MAX ? this.malloc(size) : this.takeAligned(alignment, size);
  }

  private takeAligned(alignment: number, size: number): Ptr {
    this.assertAttached();
    return this.take(alignedClassOf(alignment, size));
  }

  /**
   * Makes a block larger or smaller, in place where its class or the slabs behind it allow that.
   *
   * @returns the block's address, which may be another; 0 when the heap is exhausted, and the old
   *   block is then untouched. `realloc(0, n)` is `malloc(n)`.
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE`, `ERR_DETACHED`
   */
  realloc(ptr: Ptr, size: number): Ptr {
    if (!isSize(size)) throw invalidSize('size', size);
    if (ptr === 0) return this.malloc(size);
    this.assertAttached();
    const routed = this.routed(ptr);
    const has = usableBytes(this.core, ptr, routed);
    if (routed === PAGE_LARGE) {
      if (size > CLASS_MAX && resizeRun(this.core, ptr >>> SLAB_SHIFT, size)) {
        this.sync();
        return ptr;
      }
    } else if (size <= has && (size > has / 2 || classOf(size) === routed)) {
      return ptr;
    }
    const moved = this.malloc(size);
    if (moved === 0) return size <= has ? ptr : 0;
    copy(this.core, ptr, moved, Math.min(has, size));
    this.free(ptr);
    return moved;
  }

  // ---- free ---------------------------------------------------------------------------------

  /**
   * Gives a block back, or the block that a view from `mallocAs` shows; 0 does nothing. Any thread
   * may free any block of the heap.
   *
   * @throws HakmemError `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE`, `ERR_DETACHED`
   */
  free(target: Ptr | ArrayBufferView): void {
    if (typeof target !== 'number') {
      this.freeView(target);
      return;
    }
    const { cells } = this;
    const first = target >>> 2;
    if (target >>> 0 === target && first < cells.length) {
      const page = cells[this.pageMap + (target >>> SLAB_SHIFT)];
      const offset = target & (SLAB_BYTES - 1);
      const sizeClass = page & PAGE_CLASS;
      const magic = CLASS_MAGIC[sizeClass];
      if (Math.imul(offset, magic) >>> 0 < magic && offset >>> 4 < page >>> PAGE_SHIFT) {
        const region = this.record + (sizeClass << CACHE_SHIFT);
        const top = cells[region];
        if (((cells[first] ^ target) | 1) !== FREE_MARK && top < cells[region + C_LIMIT]) {
          cells[first] = target ^ FREE_MARK;
          cells[top + 1] = target;
          cells[region] = top + 1;
          return;
        }
      }
    }
    this.freeOther(target);
  }

  /** A full cache, a block that starts in a run's later slab, a Large block, or no block at all. */
  private freeOther(target: Ptr): void {
    this.assertAttached();
    if (target === 0) return;
    const { core } = this;
    const routed = this.routed(target);
    if (routed === PAGE_LARGE) {
      if (!freeRun(core, target >>> SLAB_SHIFT)) throw doubleFree(target);
      return;
    }
    const region = core.record + (routed << CACHE_SHIFT);
    if (core.cells[region] >= core.cells[region + C_LIMIT]) makeRoom(core, routed);
    this.sync();
    const { cells } = this;
    const top = cells[region];
    cells[target >>> 2] = target ^ FREE_MARK;
    cells[top + 1] = target;
    cells[region] = top + 1;
  }

  private freeView(target: unknown): void {
    this.assertAttached();
    if (!ArrayBuffer.isView(target)) throw this.invalid(target, route(this.core, target));
    const buffer = target.buffer as unknown;
    if (!(buffer instanceof SharedArrayBuffer) || !sameMemory(this.core, buffer)) {
      throw invalidPointer(target, 'the view shows another buffer');
    }
    if (target.byteOffset === 0) throw invalidPointer(target, 'the view shows no block');
    this.free(target.byteOffset);
  }

  /** The class of a block in use, or `PAGE_LARGE`. @throws what is wrong with the number */
  private routed(target: unknown): number {
    const routed = route(this.core, target);
    this.sync();
    if (routed <= 0) throw this.invalid(target, routed);
    return routed;
  }

  private invalid(target: unknown, routed: number): HakmemError {
    return routed === FREE_ALREADY
      ? doubleFree(target as number)
      : invalidPointer(target, reasonOf(routed));
  }

  // ---- blocks and views ---------------------------------------------------------------------

  /**
   * Bytes of a block that may be used, at least what was asked for.
   *
   * @throws HakmemError `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE` for a free block, `ERR_DETACHED`
   */
  usableSize(ptr: Ptr): number {
    this.assertAttached();
    return usableBytes(this.core, ptr, this.routed(ptr));
  }

  /** Whether this is the start of a block that is in use. Never throws; false when detached. */
  owns(ptr: number): boolean {
    if (!this.attached) return false;
    const routed = route(this.core, ptr);
    this.sync();
    return routed > 0;
  }

  /**
   * Takes a block for `length` elements and returns a view on it, whose `byteOffset` is the block's
   * address and whose content is whatever was there before.
   *
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_HEAP_EXHAUSTED`, `ERR_DETACHED`
   */
  mallocAs<C extends TypedArrayConstructor>(type: C, length: number): SharedView<C> {
    const bytes = elementBytes(type, length);
    return this.viewOn(type, this.malloc(bytes), length, bytes);
  }

  /** `mallocAs` with every element zero. */
  callocAs<C extends TypedArrayConstructor>(type: C, length: number): SharedView<C> {
    const bytes = elementBytes(type, length);
    return this.viewOn(type, this.calloc(1, bytes), length, bytes);
  }

  private viewOn<C extends TypedArrayConstructor>(
    type: C,
    ptr: Ptr,
    length: number,
    bytes: number,
  ): SharedView<C> {
    if (ptr === 0) throw heapExhausted(bytes);
    return new type(this.core.buffer, ptr, length) as SharedView<C>;
  }

  private view<K extends keyof ViewTypes>(name: K): ViewTypes[K] {
    this.assertAttached();
    const view = this.views.get(name);
    this.sync();
    return view;
  }

  // Views over the whole heap at its current length. A view that was taken before a growth does not
  // reach what came with it: take it anew, or per block with `mallocAs`.
  get u8(): ViewTypes['u8'] {
    return this.view('u8');
  }
  get i8(): ViewTypes['i8'] {
    return this.view('i8');
  }
  get u16(): ViewTypes['u16'] {
    return this.view('u16');
  }
  get i16(): ViewTypes['i16'] {
    return this.view('i16');
  }
  get u32(): ViewTypes['u32'] {
    return this.view('u32');
  }
  get i32(): ViewTypes['i32'] {
    return this.view('i32');
  }
  get f32(): ViewTypes['f32'] {
    return this.view('f32');
  }
  get f64(): ViewTypes['f64'] {
    return this.view('f64');
  }
  get u64(): ViewTypes['u64'] {
    return this.view('u64');
  }
  get i64(): ViewTypes['i64'] {
    return this.view('i64');
  }

  /** A region that is filled front to back and emptied as a whole. */
  arena(options?: ArenaOptions): Arena {
    this.assertAttached();
    return new Arena(this, options);
  }

  // ---- threads ------------------------------------------------------------------------------

  /**
   * Everything that this thread caches goes back to the shared side, and what waits there between
   * threads (spill queues, orphaned slabs, the BigCache) back to the slabs and the pool.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  flush(): void {
    this.assertAttached();
    flushAll(this.core);
    this.sync();
  }

  /**
   * Flushes and gives up this thread's record. Blocks in use stay valid, for other threads too.
   *
   * @throws HakmemError `ERR_DETACHED` when that was done before
   */
  detach(): void {
    this.assertAttached();
    const { core } = this;
    core.refresh();
    detachThread(core);
    attachedHeaps.remove(core);
    core.thread = -1;
    this.cells = NO_CELLS;
    this.record = 0;
    this.pageMap = 0;
  }

  /** Detaches, if that was not done before: the end of a `using`. */
  [Symbol.dispose](): void {
    if (this.attached) this.detach();
  }

  /**
   * Cleans up after a thread that was terminated: its cached blocks and its slabs are usable again,
   * its record is free; the blocks that it had in use stay in use.
   *
   * @param threadId the dead thread's `threadId`. It must not run any more: call this after
   *   `await worker.terminate()` or the worker's `exit` event.
   * @throws HakmemError `ERR_INVALID_THREAD` for this thread, for a record that is not in use, and
   *   for one that another thread is reclaiming; `ERR_DETACHED`
   */
  reclaim(threadId: number): ReclaimReport {
    this.assertAttached();
    const { core } = this;
    if (!isSize(threadId) || threadId >= core.geometry.maxThreads) {
      throw invalidThread(threadId, 'there is no such record');
    }
    if (threadId === this.threadId) throw invalidThread(threadId, 'it is this thread');
    const state = acquire(core.cells, recordOf(core, threadId) + R_STATE);
    const report = this.reclaimRecord(threadId, state);
    if (!report) throw invalidThread(threadId, 'its record is not in use');
    return report;
  }

  private reclaimRecord(threadId: number, state: number): ReclaimReport | undefined {
    if (!beginReclaim(this.core, threadId, state)) return undefined;
    const done = finishReclaim(this.core, threadId);
    this.sync();
    return { threadId, ...done };
  }

  /**
   * Node: reclaims by itself when this worker exits without having detached, as it does when it is
   * terminated. Nothing happens where this thread has detached before.
   *
   * @param worker a running `node:worker_threads` Worker
   * @throws HakmemError `ERR_INVALID_THREAD` when it is none; `ERR_DETACHED`
   */
  watch(worker: WorkerLike): void {
    this.assertAttached();
    const candidate = worker as Partial<WorkerLike> | null | undefined;
    if (typeof candidate?.once !== 'function' || !isSize(candidate.threadId)) {
      throw invalidThread(worker, 'watch takes a running worker_threads Worker');
    }
    // A worker that has exited has no thread id any more, so it is taken now.
    const osThread = osThreadOf(candidate.threadId);
    worker.once('exit', () => {
      this.reclaimOf(osThread);
    });
  }

  private reclaimOf(osThread: number): void {
    if (!this.attached) return;
    const { core } = this;
    const records = acquire(core.cells, core.header + H_RECORDS);
    for (let thread = 0; thread < records; thread++) {
      const record = recordOf(core, thread);
      const state = acquire(core.cells, record + R_STATE);
      if (recordKind(state) !== RECORD_ATTACHED || core.cells[record + R_OS_THREAD] !== osThread) {
        continue;
      }
      this.reclaimRecord(thread, state);
    }
  }

  // ---- looking inside -----------------------------------------------------------------------

  /** Figures of the whole heap, at any time; see the fields for how stale they may be. */
  stats(): HeapStats {
    this.assertAttached();
    this.refresh();
    return statsOf(this.core);
  }

  /**
   * Walks all metadata and names what breaks an invariant. Exact when no other thread is inside the
   * heap; otherwise changes under way may show as problems.
   */
  verify(): HeapReport {
    this.assertAttached();
    this.refresh();
    return verifyHeap(this.core);
  }

  /** Every block in use. Exact when no other thread is inside the heap. */
  blocks(): IterableIterator<BlockInfo> {
    this.assertAttached();
    this.refresh();
    return blocksOf(this.core);
  }

  private assertAttached(): void {
    if (this.core.thread < 0) throw detached('heap');
  }

  private refresh(): void {
    this.core.refresh();
    this.sync();
  }

  /** Follows the core's views after a slow path, which may have refreshed them. */
  private sync(): void {
    this.cells = this.core.cells;
  }
}

/** Bytes of `length` elements. */
function elementBytes(type: TypedArrayConstructor, length: number): number {
  if (!isSize(length)) throw invalidSize('length', length);
  const size = (type as Partial<TypedArrayConstructor> | undefined)?.BYTES_PER_ELEMENT;
  if (!isSize(size)) throw invalidOption('type', type, 'must be a typed array constructor');
  return Math.min(Number.MAX_SAFE_INTEGER, length * size);
}
