/**
 * Heap: the public face of one heap on one thread. How it comes into being, its threads, its views
 * and what it says about itself; blocks are the Allocator's part.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { Allocator } from './allocator.js';
import { Arena, type ArenaOptions } from './arena.js';
import { Core, INTERRUPTED, refreshViews, tunable } from './base/core.js';
import { isSize } from './base/requests.js';
import {
  exitedWorker,
  invalidThread,
  invalidWorker,
  notMadeByNew,
  tooManyThreads,
} from './base/errors.js';
import { T_PREWARM } from './base/offsets.js';
import { SLAB_BYTES } from './base/layout.js';
import { timeCalls } from './base/telemetry/timing.js';
import { flushAll } from './cache/flush.js';
import { orphanSlab } from './cache/orphans.js';
import { eachOwned } from './cache/slabs.js';
import { settleHand, settleReclaims } from './hardened/hand.js';
import { hardened } from './hardened/harden.js';
import { NO_CELLS } from './connection.js';
import { configOf, type HeapConfig } from './config.js';
import { createHeap } from './create.js';
import type { HeapHandle } from './handle.js';
import { openHeap } from './open.js';
import {
  type AttachOptions,
  attachOptions,
  heapOptions,
  type HeapOptions,
  prewarmOption,
} from './options.js';
import { type BlockInfo, blocksOf } from './inspect/blocks.js';
import { printedHandle, printsFigures } from './inspect/print.js';
import { type HeapStats, statsOf } from './inspect/stats.js';
import { resetCounters } from './inspect/telemetry/sum.js';
import { type HeapReport, verifyHeap } from './inspect/verify.js';
import { EXITED, osThreadOf, OS_THREAD, type WorkerLike } from './platform.js';
import { beginReclaim, finishReclaim, type Reclaimed } from './thread/reclaim.js';
import { detachThread } from './thread/detach.js';
import { claimRecord, isHeldBy, recordOf, stateOf } from './thread/record.js';
import { attachedHeap, forgetHeap, isWatching, noteHeap, startWatching } from './threads.js';
import { prewarm } from './tiny/prewarm.js';
import { Views, type ViewTypes } from './views.js';

/** What `reclaim` brought back. */
export interface ReclaimReport {
  readonly threadId: number;
  /** Free blocks that the dead thread had cached. */
  readonly blocks: number;
  /** Slabs that it had owned; they are free or wait for adoption. */
  readonly slabs: number;
}

/**
 * One heap, as one thread sees it. Every method may be called by the thread that created or attached
 * it; other threads attach to `handle` and get a Heap of their own.
 * @public
 */
export class Heap extends Allocator implements Disposable {
  private views: Views | undefined;

  /** This thread's record in the heap: 0 to maxThreads - 1. */
  readonly threadId: number;

  private constructor(core: Core) {
    // What TypeScript knows as private, plain JavaScript can still call.
    if (!((core as unknown) instanceof Core)) {
      throw notMadeByNew('Heap', 'Heap.create(options) or Heap.attach(handle)');
    }
    if (claimRecord(core, OS_THREAD) < 0) throw tooManyThreads(core.geometry.maxThreads);
    super(core);
    if (FLAGS.HAKMEM_DEBUG_TIMING) timeCalls(this, core);
    this.views = undefined;
    this.threadId = core.thread;
  }

  /**
   * Registered before its caches are filled, so that damage found there costs no record, but only once
   * complete, since `attach` and thread exit find it there.
   */
  private static made(core: Core, blocks: number | undefined): Heap {
    const heap = FLAGS.HAKMEM_BUILD_HARDENED ? hardened(Heap, core) : new Heap(core);
    noteHeap(core, heap);
    heap.interruptible(prewarm, blocks ?? tunable(core, T_PREWARM), 0);
    return heap;
  }

  /**
   * Makes a heap and attaches this thread to it.
   *
   * @throws HakmemError `ERR_INVALID_OPTION`
   */
  static create(options?: HeapOptions): Heap {
    const given = heapOptions(options);
    const blocks = prewarmOption(given);
    return Heap.made(createHeap(given), blocks);
  }

  /**
   * Attaches this thread to a heap. A handle of a heap that this thread is attached to gives the
   * same Heap again, whichever clone of the handle it is.
   *
   * @throws HakmemError `ERR_INCOMPATIBLE_HEAP`, `ERR_TOO_MANY_THREADS`, `ERR_INVALID_OPTION`
   */
  static attach(handle: HeapHandle, options?: AttachOptions): Heap {
    const blocks = prewarmOption(attachOptions(options));
    const core = openHeap(handle);
    const there = attachedHeap(core) as Heap | undefined;
    return there ?? Heap.made(core, blocks);
  }

  /** What other threads attach to. Structured-cloneable; of the heap, not of this thread. */
  get handle(): HeapHandle {
    const { buffer, memory, geometry } = this.core;
    const base = geometry.baseSlab * SLAB_BYTES;
    return printedHandle({ kind: 'hakmem', buffer, ...(memory && { memory }), base });
  }

  private view<K extends keyof ViewTypes>(name: K): ViewTypes[K] {
    this.ensureConnected();
    const view = (this.views ??= new Views(this.core)).get(name);
    this.sync();
    return view;
  }

  // Views over the whole heap at its current length.
  /**
   * The whole heap as bytes; a block starts at `ptr`. A view that is kept ends where the heap ended when
   * it was asked for, whichever thread makes it grow: a block behind that end reads as `undefined`, and
   * what is written there is lost. So `if (ptr + bytes > u8.length) u8 = heap.u8;`, a heap that does not
   * grow (`initialBytes` = `maximumBytes`), or a view of one block by `mallocAs`.
   */
  get u8(): ViewTypes['u8'] {
    return this.view('u8');
  }
  /** The whole heap as signed bytes; a block starts at `ptr`. A kept one ends as `u8` does. */
  get i8(): ViewTypes['i8'] {
    return this.view('i8');
  }
  /** The whole heap as unsigned 16-bit integers; a block starts at `ptr / 2`. A kept one ends as `u8` does. */
  get u16(): ViewTypes['u16'] {
    return this.view('u16');
  }
  /** The whole heap as signed 16-bit integers; a block starts at `ptr / 2`. A kept one ends as `u8` does. */
  get i16(): ViewTypes['i16'] {
    return this.view('i16');
  }
  /** The whole heap as unsigned 32-bit integers; a block starts at `ptr / 4`. A kept one ends as `u8` does. */
  get u32(): ViewTypes['u32'] {
    return this.view('u32');
  }
  /** The whole heap as signed 32-bit integers; a block starts at `ptr / 4`. A kept one ends as `u8` does. */
  get i32(): ViewTypes['i32'] {
    return this.view('i32');
  }
  /** The whole heap as 32-bit floats; a block starts at `ptr / 4`. A kept one ends as `u8` does. */
  get f32(): ViewTypes['f32'] {
    return this.view('f32');
  }
  /** The whole heap as 64-bit floats; a block starts at `ptr / 8`. A kept one ends as `u8` does. */
  get f64(): ViewTypes['f64'] {
    return this.view('f64');
  }
  /** The whole heap as unsigned 64-bit bigints; a block starts at `ptr / 8`. A kept one ends as `u8` does. */
  get u64(): ViewTypes['u64'] {
    return this.view('u64');
  }
  /** The whole heap as signed 64-bit bigints; a block starts at `ptr / 8`. A kept one ends as `u8` does. */
  get i64(): ViewTypes['i64'] {
    return this.view('i64');
  }

  /**
   * A region that is filled front to back and emptied as a whole, for this thread to fill.
   *
   * @throws HakmemError `ERR_INVALID_OPTION`, `ERR_DETACHED`
   */
  arena(options?: ArenaOptions): Arena {
    this.ensureConnected();
    return new Arena(this, options);
  }

  // ---- threads ------------------------------------------------------------------------------

  /**
   * Everything that this thread caches goes back to the shared side, and what waits there between
   * threads (spill queues, the BigCache) back to the slabs and the pool. Slabs that have blocks in
   * use are left to any thread, so that whoever returns the last block releases them. For a thread
   * that will not allocate for a while, or before the one allocation that needs it all.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  flush(): void {
    this.ensureConnected();
    this.interruptible(flushThread, 0, 0);
  }

  /**
   * Flushes and gives up this thread's record. Blocks in use stay valid, for other threads too.
   *
   * @throws HakmemError `ERR_DETACHED` when that was done before
   */
  detach(): void {
    const { core } = this;
    // Only then: a thread's one detach would have it compiled.
    if (core.thread < 0) this.ensureConnected();
    refreshViews(core);
    this.cells = NO_CELLS;
    this.limit = 0;
    this.record = 0;
    try {
      detachThread(core);
    } catch (error) {
      // Whatever it was, the fast paths are disconnected.
      core.thread = INTERRUPTED - core.thread;
      throw error;
    }
    forgetHeap(core);
  }

  /** Detaches, if that was not done before: the end of a `using`. */
  [Symbol.dispose](): void {
    if (this.attached) this.detach();
  }

  /**
   * Cleans up after a thread that was terminated: its cached blocks and its slabs are usable again,
   * its record is free; the blocks that it had in use stay in use.
   *
   * Records are used again: a thread that has detached, as one that ends by itself does in Node, must
   * not be reclaimed, nor one twice, since the number may be that of a thread that attached since.
   * `watch` sees to that.
   *
   * @param threadId the dead thread's `threadId`. It must not run any more: call this after
   *   `await worker.terminate()` or the worker's `exit` event.
   * @throws HakmemError `ERR_INVALID_THREAD` for this thread, for a record that is not in use, and
   *   for one that another thread is reclaiming; `ERR_DETACHED`
   */
  reclaim(threadId: number): ReclaimReport {
    this.ensureConnected();
    const { core } = this;
    if (!isSize(threadId) || threadId >= core.geometry.maxThreads) {
      throw invalidThread(threadId, 'there is no such record');
    }
    if (threadId === this.threadId) throw invalidThread(threadId, 'it is this thread');
    const report = this.reclaimRecord(threadId, stateOf(core, threadId));
    if (!report)
      throw invalidThread(threadId, 'its record is not in use: it has detached, or was reclaimed');
    return report;
  }

  /** By either way; the debug build's heap looks after its own hand first. @internal */
  protected reclaimRecord(threadId: number, state: number): ReclaimReport | undefined {
    const done = this.interruptible(reclaimThread, threadId, state);
    return done && { threadId, ...done };
  }

  /**
   * Node: reclaims by itself when this worker exits without having detached, as it does when it is
   * terminated. The worker need not have attached yet; watching it again changes nothing. Nothing
   * happens where this thread has detached before. What the worker had in use stays in use: see
   * `blocks`.
   *
   * @param worker a running `node:worker_threads` Worker
   * @throws HakmemError `ERR_INVALID_THREAD` when it is none, or has exited already; `ERR_DETACHED`
   */
  watch(worker: WorkerLike): void {
    this.ensureConnected();
    if (isWatching(this, worker)) return;
    const candidate = worker as Partial<WorkerLike> | null | undefined;
    if (typeof candidate?.once !== 'function') throw invalidWorker(worker);
    // A worker that has exited has no thread id any more, so it is taken now.
    if (candidate.threadId === EXITED) throw exitedWorker();
    if (!isSize(candidate.threadId)) throw invalidWorker(worker);
    const osThread = osThreadOf(candidate.threadId);
    startWatching(this, worker, () => {
      this.reclaimOf(osThread);
    });
  }

  private reclaimOf(osThread: number): void {
    if (!this.connected()) return;
    const { core } = this;
    const records = core.recordsUsed;
    for (let thread = 0; thread < records; thread++) {
      const state = stateOf(core, thread);
      if (isHeldBy(core, recordOf(core, thread), state, osThread))
        this.reclaimRecord(thread, state);
    }
  }

  // ---- looking inside -----------------------------------------------------------------------

  /**
   * Figures of the whole heap, at any time; see the fields for how stale they may be.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  stats(): HeapStats {
    this.ensureConnected();
    this.refresh();
    return statsOf(this.core);
  }

  /** The settings of this heap, and where each came from. @throws HakmemError `ERR_DETACHED` */
  config(): HeapConfig {
    this.ensureConnected();
    return configOf(this.core);
  }

  /**
   * Sets all that `stats().telemetry` counts back to 0, for every thread; in a build that counts
   * nothing it does nothing. What other threads count at this moment may fall on either side.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  resetStats(): void {
    this.ensureConnected();
    if (FLAGS.LAYOUT_BITS !== 0) resetCounters(this.core);
  }

  /**
   * Walks all metadata and names what breaks an invariant. Exact when no other thread is inside the
   * heap; otherwise changes under way may show as problems. What is damaged is reported, not thrown.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  verify(): HeapReport {
    this.ensureConnected();
    this.refresh();
    return verifyHeap(this.core);
  }

  /**
   * Every block in use, whoever allocated it. The walk goes on as it is asked to, and each block is in
   * use at the moment it is yielded. Exact when no other thread is inside the heap.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  blocks(): IterableIterator<BlockInfo> {
    this.ensureConnected();
    this.refresh();
    return blocksOf(this.core);
  }

  private refresh(): void {
    refreshViews(this.core);
    this.sync();
  }
}

function flushThread(core: Core): void {
  flushAll(core);
  eachOwned(core, orphanSlab);
}

/** Cleans up after a dead thread; undefined when another thread does or did. */
function reclaimThread(core: Core, dead: number, state: number): Reclaimed | undefined {
  if (!beginReclaim(core, dead, state)) return undefined;
  if (FLAGS.HAKMEM_BUILD_HARDENED) {
    settleReclaims(core, dead);
    settleHand(core, dead);
  }
  return finishReclaim(core, dead);
}

printsFigures(Heap.prototype, Arena.prototype);
