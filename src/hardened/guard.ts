/**
 * Guard: what stands between a program and the allocator's blocks in the debug build, for one heap
 * on one thread.
 *
 * Every block is asked for with 32 bytes more, for its trailer, and is dressed before its user sees
 * it: filled, and with canaries up to the block's end. A block that is freed is filled and waits in
 * this thread's quarantine before it goes back beneath. Damage is told by one error and is repaired
 * with it: nothing else has changed, so the same call can be made again. Only a thread that leaves
 * has left.
 *
 * Death: a block in a quarantine names its thread and counts as free; `release` of any thread takes
 * it from there, at the latest when the heap would be exhausted. The block that a thread had in its
 * hands is named by its record, and in its quarantine after `reclaim` (`hand.ts`).
 */
import type { Core } from '../base/core.js';
import { invalidSize, isOwnError } from '../base/errors.js';
import { CLASS_MAX, LARGE_CLASS, SLAB_BYTES, SLAB_SHIFT, TRAILER_BYTES } from '../base/layout.js';
import { isSize } from '../base/requests.js';
import { classOf, classOfPage } from '../base/sizeclass.js';
import { copy } from '../memory.js';
import { usableBytes } from '../route.js';
import { headOf } from '../superslab/slab.js';
import { attachedThreads, isAlone } from '../thread/record.js';
import { heldBlocks, writtenAfterFree } from './census.js';
import { findUsed, lateWrite, refuseFree, type Used } from './checks.js';
import { fill, FILL_FREED, FILL_NEW } from './fill.js';
import { blockInHand, emptyHand, handOver, takeInHand } from './hand.js';
import { eventWord } from './history.js';
import { leaksOf } from './leaks.js';
import { Quarantine } from './quarantine.js';
import { debugSettings } from './settings.js';
import { Sites } from './sites.js';
import {
  allocatedBy,
  askedFor,
  type Block,
  blockAt,
  FREEING,
  LIVE,
  MARK_BYTES,
  QUARANTINED,
  RELEASED,
  RELEASING,
  setFreedBy,
  setState,
  stateOf,
  strip,
  writeTrailer,
} from './trailer.js';

/** The underlying allocator, as a guard uses it. */
export interface RawBlocks {
  malloc(size: number): number;
  calloc(count: number, size: number): number;
  memalign(alignment: number, size: number): number;
  /** Leaves this thread's hand empty. An error past the change of hands leaves the heap interrupted. */
  free(ptr: number): void;
  /** The class of a block in use; throws what is wrong with any other number. */
  routed(target: unknown): number;
  owns(ptr: number): boolean;
  ensureConnected(): void;
  /** Resizes the Large block at a slab in place; false when it has to move. Interrupted as by `free`. */
  resizeRun(slab: number, bytes: number): boolean;
}

/** Where a moved block's contents come from. */
interface Contents {
  readonly ptr: number;
  readonly bytes: number;
}

/** A request with room for the trailer; what is no size passes, for the allocator to refuse. */
function padded(size: number): number {
  return isSize(size)
    ? Math.min(Number.MAX_SAFE_INTEGER, Math.max(size, MARK_BYTES) + TRAILER_BYTES)
    : size;
}

export class Guard {
  readonly sites: Sites;
  private readonly quarantine: Quarantine;
  /**
   * Blocks of a damaged heap that the underlying allocator would not take back. They stay in a quarantine
   * for other threads to take, or for this one once it has attached again: each is told of once.
   */
  private readonly refused = new Set<number>();

  constructor(
    private readonly core: Core,
    private readonly raw: RawBlocks,
  ) {
    this.sites = new Sites(core);
    this.quarantine = new Quarantine(core.geometry.maxSlabs * SLAB_BYTES);
  }

  /**
   * The beginning of every call: makes the heap whole after an error that ended a call in the middle.
   * A block that a resize had in hand is its user's again, also one of a free that something else than a
   * RangeError ended. One on its way to a user, to a quarantine or out of one goes to this quarantine.
   */
  recover(): void {
    this.raw.ensureConnected();
    const { core } = this;
    const block = blockInHand(core, core.thread);
    if (block && !core.held && !this.refused.has(block.address)) this.quarantine.push(block);
    if (block) emptyHand(core);
    core.held = undefined;
  }

  // `below` is always the public method that was called: its caller is the call site. It is looked for
  // before a block is in hand, as that takes more stack than all that comes after it.

  malloc(size: number, below: unknown): number {
    this.recover();
    const by = this.eventHere(below);
    const ptr = this.obtain(padded(size), (bytes) => this.raw.malloc(bytes));
    return ptr === 0 ? 0 : this.dress(ptr, size, by, FILL_NEW);
  }

  calloc(count: number, size: number, below: unknown): number {
    if (!isSize(count) || !isSize(size)) return this.raw.calloc(count, size);
    this.recover();
    const by = this.eventHere(below);
    const bytes = Math.min(Number.MAX_SAFE_INTEGER, count * size);
    if (padded(bytes) <= CLASS_MAX) {
      const ptr = this.obtain(padded(bytes), (total) => this.raw.malloc(total));
      return ptr === 0 ? 0 : this.dress(ptr, bytes, by, 0);
    }
    const ptr = this.obtain(padded(bytes), (total) => this.raw.calloc(1, total));
    return ptr === 0 ? 0 : this.dress(ptr, bytes, by, undefined);
  }

  memalign(alignment: number, size: number, below: unknown): number {
    this.recover();
    const by = this.eventHere(below);
    const ptr = this.obtain(padded(size), (bytes) => this.raw.memalign(alignment, bytes));
    return ptr === 0 ? 0 : this.dress(ptr, size, by, FILL_NEW);
  }

  free(ptr: number, below: unknown): void {
    this.recover();
    if (ptr === 0) return;
    const { block, routed } = this.used(ptr);
    const keep = this.quarantine.takes(block.bytes);
    while (keep && this.quarantine.isFullFor(block.bytes)) this.evict();
    const { core } = this;
    const by = this.eventHere(below);
    this.hold(block);
    try {
      setFreedBy(core, block, by);
      fill(core.cells, ptr, ptr + askedFor(core, block), FILL_FREED);
      if (keep) {
        this.quarantine.push(block);
        handOver(core, block, QUARANTINED, core.thread);
      } else {
        this.putBack(block, routed !== LARGE_CLASS, true);
      }
    } catch (error) {
      // What was filled cannot be its user's again, so the free has been; the next call ends it.
      if (!(error instanceof RangeError)) throw error;
    }
    core.held = undefined;
  }

  realloc(ptr: number, size: number, below: unknown): number {
    this.recover();
    if (!isSize(size)) throw invalidSize('size', size);
    if (ptr === 0) return this.malloc(size, below);
    const by = this.eventHere(below);
    const { block, routed } = this.used(ptr);
    const has = askedFor(this.core, block);
    if (this.fitsInPlace(block, routed, padded(size))) {
      this.resize(ptr, has, size, by);
      return ptr;
    }
    const moved = this.obtain(padded(size), (bytes) => this.raw.malloc(bytes));
    if (moved === 0) {
      if (size > has) return 0;
      this.hold(block);
      this.resize(ptr, has, size, by);
      return ptr;
    }
    this.dress(moved, size, by, FILL_NEW, { ptr, bytes: Math.min(has, size) });
    try {
      this.free(ptr, below);
    } catch (error) {
      this.takeBack(moved);
      throw error;
    }
    return moved;
  }

  /** A block that nobody was told of goes back beneath: in the quarantine it might tell of other damage. */
  private takeBack(ptr: number): void {
    this.recover();
    const { block, routed } = this.used(ptr);
    this.hold(block);
    this.core.held = undefined;
    this.putBack(block, routed !== LARGE_CLASS, false);
  }

  usableSize(ptr: number): number {
    this.recover();
    return askedFor(this.core, this.used(ptr).block);
  }

  owns(ptr: number): boolean {
    if (!this.raw.owns(ptr)) return false;
    this.recover();
    const { kind } = stateOf(this.core, this.blockOf(ptr));
    return kind !== FREEING && kind !== QUARANTINED && kind !== RELEASING;
  }

  /**
   * Takes every block out of every quarantine, other threads' and dead ones' included, but those that
   * were refused; true if there was one.
   *
   * @throws HakmemError `ERR_WRITE_AFTER_FREE` for a block that was written to meanwhile, or why one was
   *   refused; the next call goes on behind it
   */
  release(): boolean {
    this.recover();
    const { core } = this;
    let any = false;
    for (const { block, kind, thread, info } of [...heldBlocks(core)]) {
      if (kind !== QUARANTINED || this.refused.has(block.address)) continue;
      if (!takeInHand(core, block, [kind, thread], RELEASING)) continue;
      any = true;
      this.settle(block, info.sizeClass !== 0);
    }
    this.quarantine.clear();
    return any;
  }

  /**
   * Before this thread detaches: nothing of it stays behind but blocks in use, which are told of, and
   * where damage ends this, what is left of its quarantine, for any thread to take.
   */
  leave(): void {
    try {
      this.tellOfLeaks();
    } finally {
      this.release();
    }
  }

  private tellOfLeaks(): void {
    this.recover();
    const { onLeaks, leaksAt } = debugSettings;
    if (!onLeaks) return;
    const isLast = attachedThreads(this.core) <= 1;
    if (!isLast && leaksAt !== 'every detach') return;
    const report = leaksOf(this.core, this.sites, isLast ? undefined : this.core.thread);
    if (report.blocks > 0) onLeaks(report);
  }

  /** `take`, and once more with what the quarantines held; the block is in this thread's hands then. */
  private obtain(bytes: number, take: (bytes: number) => number): number {
    const ptr = take(bytes);
    if (ptr !== 0 || bytes > this.core.geometry.maxSlabs * SLAB_BYTES) return ptr;
    if (!this.quarantine.isEmpty) {
      while (!this.quarantine.isEmpty) this.evict();
      const again = take(bytes);
      if (again !== 0) return again;
    }
    // To look for others' blocks means to walk the whole heap; a lone thread needs not.
    if (isAlone(this.core)) return 0;
    return this.release() ? take(bytes) : 0;
  }

  /** Makes the block in hand ready for its user: `pattern` fills it, `from` is copied to it. */
  private dress(
    ptr: number,
    size: number,
    by: number,
    pattern: number | undefined,
    from?: Contents,
  ): number {
    const { core } = this;
    const block = this.blockOf(ptr);
    if (block.bytes <= CLASS_MAX && stateOf(core, block).kind === RELEASED) {
      const error = lateWrite(core, this.sites, block, writtenAfterFree(core, block, RELEASED));
      if (error) {
        this.putBack(block, true, false);
        throw error;
      }
    }
    if (pattern !== undefined) fill(core.cells, ptr, ptr + size, pattern);
    // The copy goes on to a whole word, so the trailer comes after it.
    if (from) copy(core, from.ptr, ptr, from.bytes);
    writeTrailer(core, block, size, by);
    handOver(core, block, LIVE, 0);
    return ptr;
  }

  /** Takes a block in use for this thread alone, so that of two that free or resize it one is refused. */
  private hold(block: Block): NonNullable<Core['held']> {
    const { core } = this;
    const held = {
      size: askedFor(core, block),
      allocated: Math.max(0, allocatedBy(core, block)),
    };
    if (takeInHand(core, block, [LIVE, 0], FREEING)) {
      core.held = held;
      return held;
    }
    throw refuseFree(core, this.sites, block);
  }

  /** Whether a block can be resized where it stands; it is this thread's alone then. */
  private fitsInPlace(block: Block, routed: number, bytes: number): boolean {
    if (routed !== LARGE_CLASS) {
      if (bytes > block.bytes || (bytes <= block.bytes / 2 && classOf(bytes) !== routed))
        return false;
      this.hold(block);
      return true;
    }
    return bytes > CLASS_MAX && this.resizesRun(block, bytes);
  }

  /** Its trailer moves with its end, and slabs that it gives up must not say that anyone has them. */
  private resizesRun(block: Block, bytes: number): boolean {
    const { core } = this;
    const held = this.hold(block);
    strip(core, block);
    if (this.raw.resizeRun(block.address >>> SLAB_SHIFT, bytes)) return true;
    writeTrailer(core, block, held.size, held.allocated);
    handOver(core, block, LIVE, 0);
    this.core.held = undefined;
    return false;
  }

  /** A block that this thread holds gets another size where it stands, and is in use again. */
  private resize(ptr: number, has: number, size: number, by: number): void {
    const { core } = this;
    const block = this.blockOf(ptr);
    if (size > has) fill(core.cells, ptr + has, ptr + size, FILL_NEW);
    writeTrailer(core, block, size, by);
    handOver(core, block, LIVE, 0);
    this.core.held = undefined;
  }

  /** The block that has waited longest goes back beneath. */
  private evict(): void {
    const { core, quarantine } = this;
    const block = quarantine.oldest;
    const taken = takeInHand(core, block, [QUARANTINED, core.thread], RELEASING);
    // Not before: an error in between would leave a block that no list names.
    quarantine.shift();
    if (taken) this.settle(block, block.bytes <= CLASS_MAX);
  }

  /** Puts a block of a quarantine back, and tells when it was written to meanwhile. */
  private settle(block: Block, cut: boolean): void {
    const { core } = this;
    const written = writtenAfterFree(core, block, QUARANTINED);
    const error = lateWrite(core, this.sites, block, written);
    try {
      this.putBack(block, cut, !error);
    } catch (refusal) {
      if (isOwnError(refusal)) this.refused.add(block.address);
      throw refusal;
    }
    if (error) throw error;
    // What comes next names its thread.
    this.raw.ensureConnected();
  }

  /**
   * Frees the block in hand beneath. Before that its trailer stops to name this thread: what is free
   * beneath must not look as if it were in anybody's hands.
   */
  private putBack(block: Block, cut: boolean, intact: boolean): void {
    const { core } = this;
    if (cut && intact) setState(core, block, RELEASED, core.thread);
    else strip(core, block);
    this.raw.free(block.address);
  }

  private used(ptr: number): Used {
    return findUsed(this.core, this.sites, this.raw, ptr);
  }

  private blockOf(ptr: number): Block {
    const { core } = this;
    const page = core.cells[core.pageMap + headOf(core, ptr >>> SLAB_SHIFT)];
    return blockAt(core, ptr, usableBytes(core, ptr, classOfPage(page)));
  }

  private eventHere(below: unknown): number {
    return eventWord(this.core.thread, this.sites.siteOf(below));
  }
}
