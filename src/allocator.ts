/**
 * Allocator: blocks in and out of one heap on one thread, and the fast paths of both.
 *
 * malloc: size -> cache by a table, pop from it. free: page map -> cache, three checks, push onto it.
 * Neither uses an atomic operation, a lock or an object; slow halves may.
 *
 * What V8 makes of it decides its form: numbers come from modules without imports, for the bundler to
 * write into the code; the two tables are constants; fields have their types from the start, so that
 * they are read unchecked; sums that index cells end in `| 0`, which spares their overflow checks.
 */
import { isEmptyStack, topOf } from './base/cache-stack.js';
import { invalidPointer, invalidSize } from './base/errors.js';
import {
  CARVED_SHIFT,
  CLASS_MAX,
  FREE_MARK,
  KEPT_MAX,
  LARGE_CLASS,
  PAGE_KIND,
  RANK_BYTES,
  RANK_SHIFT,
  SLAB_BYTES,
  SLAB_SHIFT,
} from './base/layout.js';
import {
  CACHE_FULL,
  CACHE_MAGIC,
  CACHE_POP,
  CACHE_REFUSE,
  CACHE_TOP,
  HELD,
  R_IN_HAND,
} from './base/offsets.js';
import {
  alignedClassOf,
  CLASS_CACHE,
  classOf,
  REQUEST_CACHE,
  REQUEST_CLASS,
} from './base/sizeclass.js';
import { CLASS_POPS, PART_FREE_RUN, PART_ROUTE, PIPELINE_RUN } from './base/telemetry/cells.js';
import { countOne } from './base/telemetry/count.js';
import { blockTaken } from './base/telemetry/note.js';
import { timePart } from './base/telemetry/timing.js';
import { alignmentError, elementBytes, isSize } from './base/requests.js';
import type { SharedView, TypedArrayConstructor } from './base/typed-array.js';
import { UNSIGNED } from './base/unsigned.js';
import { refill } from './cache/flow.js';
import { Connection } from './connection.js';
import { freeRouted } from './free.js';
import { isShared, sameMemory } from './handle.js';
import { assertCache } from './inspect/assert.js';
import { callocRun, mallocAligned, mallocRun, resizeRun } from './large/run.js';
import { copy, zero } from './memory.js';
import { fastFreed, refusal, route, usableBytes } from './route.js';
import { keepRun, takeKept } from './superslab/runcache.js';
import { blockView } from './views.js';

/** An address: the byte offset of a block in the heap's buffer. 0 is never a block. */
export type Ptr = number;

/**
 * The part of a Heap that hands out blocks and takes them back.
 * @public
 */
export abstract class Allocator extends Connection {
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
    if (typeof size === 'number' && (size | 0) === size) {
      const granules = (size - 1) >>> 4;
      if (granules < CLASS_MAX >>> 4) {
        const region = (this.record + REQUEST_CACHE[granules]) | 0;
        const { cells } = this;
        const word = cells[region];
        const block = cells[((word & CACHE_FULL) + region + CACHE_TOP) | 0];
        if (block !== 0) {
          cells[region] = word + CACHE_POP;
          cells[block >>> 2] = 0;
          if (FLAGS.HAKMEM_BUILD_HARDENED) cells[this.record + R_IN_HAND] = block | HELD;
          if (FLAGS.HAKMEM_TINY_CLASS_STATS_COMPILED)
            countOne(this.core, CLASS_POPS + classOf(size));
          if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) blockTaken(this.core, classOf(size));
          return block >>> UNSIGNED;
        }
        return this.mallocFromSlabs(REQUEST_CLASS[granules + 1]) >>> UNSIGNED;
      }
      // Here and not in the slow path: V8 writes this and free into one function, for both of which
      // and `mallocOther` it has no room.
      if (granules < KEPT_MAX >>> 4 && this.core.thread >= 0) {
        const kept = takeKept(this.core, size);
        if (kept !== 0) return kept >>> UNSIGNED;
      }
    }
    return this.mallocOther(size, false) >>> UNSIGNED;
  }

  /** @noinline The cache is empty: fill it, and take from it. */
  private mallocFromSlabs(sizeClass: number): Ptr {
    this.ensureConnected();
    return this.fill(sizeClass) ? this.take(sizeClass) : 0;
  }

  private fill(sizeClass: number): boolean {
    const filled = this.interruptible(refill, sizeClass, 0);
    if (!FLAGS.HAKMEM_BUILD_RELEASE) assertCache(this.core, sizeClass);
    return filled;
  }

  /** Sizes without a class: runs of slabs, `aligned` to more than a slab; 0, and what is no size. */
  private mallocOther(size: number, aligned: boolean): Ptr {
    this.ensureConnected();
    if (!isSize(size)) throw invalidSize('size', size);
    if (size === 0) return this.take(classOf(0));
    if (aligned) return this.interruptible(mallocAligned, size, 0);
    const kept = takeKept(this.core, size);
    return kept !== 0 ? kept : this.interruptible(mallocRun, size, 0);
  }

  /** `malloc` by class. */
  private take(sizeClass: number): Ptr {
    const region = (this.record + CLASS_CACHE[sizeClass]) | 0;
    const { cells } = this;
    const word = cells[region];
    const block = cells[((word & CACHE_FULL) + region + CACHE_TOP) | 0];
    if (block === 0) return this.mallocFromSlabs(sizeClass);
    cells[region] = word + CACHE_POP;
    cells[block >>> 2] = 0;
    if (FLAGS.HAKMEM_BUILD_HARDENED) cells[this.record + R_IN_HAND] = block | HELD;
    if (FLAGS.HAKMEM_TINY_CLASS_STATS_COMPILED) countOne(this.core, CLASS_POPS + sizeClass);
    if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) blockTaken(this.core, sizeClass);
    return block >>> UNSIGNED;
  }

  /**
   * Takes a block of `count` times `size` bytes, all of them zero. Memory that was never in use is
   * not touched for it.
   *
   * @returns its address, a multiple of 16; 0 when the heap is exhausted
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_DETACHED`
   */
  calloc(count: number, size: number): Ptr {
    this.ensureConnected();
    if (!isSize(count)) throw invalidSize('count', count);
    if (!isSize(size)) throw invalidSize('size', size);
    const bytes = count * size;
    if (bytes > CLASS_MAX) return this.interruptible(callocRun, bytes, 0);
    const sizeClass = classOf(bytes);
    const region = this.record + CLASS_CACHE[sizeClass];
    if (isEmptyStack(this.cells, region) && !this.fill(sizeClass)) return 0;
    const block = this.cells[topOf(this.cells, region)];
    const untouched = this.cells[block >>> 2] === (block ^ FREE_MARK ^ 1);
    const ptr = this.take(sizeClass);
    if (!untouched) zero(this.core, ptr, bytes);
    return ptr;
  }

  /**
   * Takes a block whose address is a multiple of `alignment`.
   *
   * @param alignment a power of two from 1 to 65536
   * @param size in bytes
   * @returns its address; 0 when the heap is exhausted
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_ALIGNMENT`, `ERR_DETACHED`
   */
  memalign(alignment: number, size: number): Ptr {
    this.ensureConnected();
    if (!isSize(size)) throw invalidSize('size', size);
    const wrong = alignmentError(alignment);
    if (wrong) throw wrong;
    if (size <= CLASS_MAX) return this.take(alignedClassOf(alignment, size));
    return this.mallocOther(size, alignment > SLAB_BYTES);
  }

  /**
   * Makes a block larger or smaller, in place where its class or the slabs behind it allow that.
   * Otherwise its content moves to another block, up to the lesser of the two sizes.
   *
   * @param size in bytes; 0 keeps a block, as in `malloc`
   * @returns the block's address, which may be another; 0 when the heap is exhausted, and the old
   *   block is then untouched. `realloc(0, n)` is `malloc(n)`.
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE`, `ERR_DETACHED`
   */
  realloc(ptr: Ptr, size: number): Ptr {
    this.ensureConnected();
    if (!isSize(size)) throw invalidSize('size', size);
    if (ptr === 0) return this.malloc(size);
    const routed = this.routed(ptr);
    const has = usableBytes(this.core, ptr, routed);
    if (routed === LARGE_CLASS) {
      if (size > CLASS_MAX && this.interruptible(resizeRun, ptr >>> SLAB_SHIFT, size)) return ptr;
    } else if (size <= has && (size > has / 2 || classOf(size) === routed)) {
      return ptr;
    }
    const moved = this.malloc(size);
    if (moved === 0) return size <= has ? ptr : 0;
    copy(this.core, ptr, moved, Math.min(has, size));
    try {
      this.free(ptr);
    } catch (error) {
      // Another thread has freed it meanwhile; what was taken for its contents is not lost.
      this.free(moved);
      throw error;
    }
    return moved;
  }

  // ---- free ---------------------------------------------------------------------------------

  /**
   * Gives a block back, or the block that a view from `mallocAs` shows; 0 does nothing. Any thread
   * may free any block of the heap. Two that free one block at the same moment may both succeed.
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
    if (target >>> 0 === target && first < this.limit) {
      const page = cells[(this.pageMap + (target >>> SLAB_SHIFT)) | 0];
      const region = (this.record + (page & PAGE_KIND)) | 0;
      const magic = cells[(region + CACHE_MAGIC) | 0] >>> 0;
      const offset = (target & (SLAB_BYTES - 1)) | ((page << RANK_SHIFT) & RANK_BYTES);
      const atStart = Math.imul(offset, magic) >>> 0 < magic;
      if (atStart && (target << CARVED_SHIFT) >>> 0 < page >>> 0) {
        const next = (cells[region] + 1) | 0;
        const mark = target ^ FREE_MARK;
        if ((cells[first] ^ mark) >>> 0 > 1 && (next & CACHE_REFUSE) === 0) {
          cells[first] = mark;
          cells[(region + CACHE_TOP + (next & CACHE_FULL)) | 0] = target;
          cells[region] = next;
          if (FLAGS.ON_FAST_FREE) fastFreed(this.core, target, page);
          return;
        }
      }
    }
    this.freeOther(target);
  }

  /**
   * @noinline A full cache, a Large block, or no block at all. What is not `interruptible` here writes in
   * a straight line, as the fast path does.
   */
  private freeOther(target: Ptr): void {
    this.ensureConnected();
    if (target === 0) return;
    const { core } = this;
    if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_ROUTE);
    if (keepRun(core, target)) {
      if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_FREE_RUN);
      if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countOne(core, PIPELINE_RUN);
      return;
    }
    this.interruptible(freeRouted, target, 0);
  }

  private freeView(target: unknown): void {
    this.ensureConnected();
    if (!ArrayBuffer.isView(target)) throw refusal(target, route(this.core, target));
    const buffer = target.buffer as unknown;
    if (!isShared(buffer) || !sameMemory(this.core, buffer)) {
      throw invalidPointer(target, "the view shows another buffer than this heap's");
    }
    const ptr = target.byteOffset;
    if (ptr === 0) throw invalidPointer(target, 'the view shows no block');
    if (target.byteLength > this.usableSize(ptr)) {
      throw invalidPointer(target, 'the view reaches behind the block where it begins');
    }
    this.free(ptr);
  }

  /** @internal The class of a block in use, or `LARGE_CLASS`; throws what is wrong with the number. */
  protected routed(target: unknown): number {
    const routed = route(this.core, target);
    this.sync();
    if (routed <= 0) throw refusal(target, routed);
    return routed;
  }

  // ---- blocks and views ---------------------------------------------------------------------

  /**
   * Bytes of a block that may be used, at least what was asked for.
   *
   * @throws HakmemError `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE` for a free block, `ERR_DETACHED`
   */
  usableSize(ptr: Ptr): number {
    this.ensureConnected();
    return usableBytes(this.core, ptr, this.routed(ptr));
  }

  /**
   * Whether this is the start of a block that is in use. Never throws: false when detached, and where a
   * heap that an error ended in the middle of a call cannot be made whole.
   */
  owns(ptr: number): boolean {
    try {
      if (!this.connected()) return false;
    } catch {
      return false;
    }
    const routed = route(this.core, ptr);
    this.sync();
    return routed > 0;
  }

  /**
   * Takes a block for `length` elements and returns a view on it, whose `byteOffset` is the block's
   * address and whose content is whatever was there before.
   *
   * @param type a typed array's constructor
   * @param length in elements
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_OPTION` for what is no typed array's
   *   constructor, `ERR_HEAP_EXHAUSTED`, `ERR_DETACHED`
   */
  mallocAs<C extends TypedArrayConstructor>(type: C, length: number): SharedView<C> {
    this.ensureConnected();
    const bytes = elementBytes(type, length);
    return blockView(this.core, this, type, this.malloc(bytes), length, bytes);
  }

  /** `mallocAs` with every element zero; throws the same. */
  callocAs<C extends TypedArrayConstructor>(type: C, length: number): SharedView<C> {
    this.ensureConnected();
    const bytes = elementBytes(type, length);
    return blockView(this.core, this, type, this.calloc(1, bytes), length, bytes);
  }
}
