/**
 * The slabs that a thread owns: how one is got, orphaned, adopted and given back.
 *
 * Contract: every function is called by the thread whose record `core` shows; `settleOrphan` by
 * anyone who finds an orphan.
 *
 * Invariant: mask of owned slabs (plain, in the record) = slabs whose state is OWNED(this thread).
 * The states are the truth; `reclaim` of a dead thread goes by them.
 *
 * Orphans: OWNED(me) -> ORPHAN is a store by the owner, ORPHAN -> OWNED(me) a compare-and-exchange.
 * The hints (a bit for each SuperSlab that may hold one, a word for each class) are set after the
 * state and cleared before a look that finds none, so an orphan always has its hints unless its
 * orphaner or an adopter died in between; `reclaim` of that thread sets them again.
 *
 * A slab whose blocks are all back goes to the shared pool, whoever finds out: the owner when it
 * drains or returns a block; for an orphan the thread that returned blocks to it or orphaned it,
 * since both look after the other could have missed them: the one frees, then reads the state; the
 * other writes the state, then reads the remote bits.
 */
import { acquire, claim, clearBits, publish, setBits } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { damagedHeap } from '../base/errors.js';
import { invariant } from '../base/invariant.js';
import {
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LISTED,
  D_NEXT,
  D_OWNER,
  H_CAPACITY,
  H_ORPHAN_CLASSES,
  H_ORPHAN_SUPERSLABS,
  R_SLOW,
  S_PARTIAL,
  SLOW_CELLS,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  PAGE_CLASS,
  SLAB_CLAIMED,
  SLAB_ORPHAN,
  SLAB_OWNED,
} from '../base/layout.js';
import { CLASS_CAPACITY, CLASS_COUNT, CLASS_SLABS, MID_LAST } from '../base/sizeclass.js';
import {
  PART_ADOPT,
  PART_FRESH,
  PART_OWN,
  POOL_SPLITS,
  SLABS_ACQUIRED,
  SLABS_ADOPTED,
  SLABS_ORPHANED,
  SLABS_RELEASED,
  STAGE_ORPHAN,
  STAGE_POOL,
} from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { servedBy } from '../base/telemetry/note.js';
import { resumePart, timePart } from '../base/telemetry/timing.js';
import { takeTargets } from '../queue/remote.js';
import { acquireRun } from '../superslab/acquire.js';
import { bindRun, releaseSlabs, takeVirginity } from '../superslab/pool.js';
import {
  assertSlab,
  descriptorOf,
  drainRemote,
  drainRemoteFully,
  formatSlab,
  isEmpty,
  link,
  unlink,
} from '../superslab/slab.js';

/** The cell that starts this thread's list of slabs of a class with free blocks. */
export function partialList(core: Core, sizeClass: number): number {
  return core.record + R_SLOW + sizeClass * SLOW_CELLS + S_PARTIAL;
}

function ownedWord(core: Core, slab: number): number {
  return core.record + core.geometry.ownedOffset + (slab >>> 5);
}

const mine = (core: Core): number => SLAB_OWNED | (core.thread << ARGUMENT_SHIFT);

/** Gets a slab of a class from the shared pool; false when the heap is exhausted. */
export function addSlab(core: Core, sizeClass: number): boolean {
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_FRESH);
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_POOL);
  const slabs = CLASS_SLABS[sizeClass];
  const slab = acquireRun(core, slabs);
  if (slab === 0) return false;
  if (slabs > 1) bindRun(core, slab, slab + 1, slab + slabs);
  openSlab(core, slab, sizeClass, takeVirginity(core, slab, slabs, false));
  if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_OWN);
  return true;
}

/** Makes a run that this thread has claimed and bound a slab of a class. */
export function openSlab(core: Core, slab: number, sizeClass: number, virgin: boolean): void {
  core.cells[ownedWord(core, slab)] |= 1 << (slab & 31);
  formatSlab(core, slab, sizeClass, virgin);
  link(core.cells, partialList(core, sizeClass), slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ACQUIRED + sizeClass);
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED && sizeClass > MID_LAST) countOne(core, POOL_SPLITS);
}

/** @throws HakmemError `ERR_DAMAGED_HEAP` where a list leads to what is no slab of its class */
export function assertOwn(core: Core, slab: number, sizeClass: number): void {
  const known = slab > 0 && slab < core.slabs && (slab & 31) !== 0;
  if (known && core.cells[descriptorOf(slab) + D_CLASS] === sizeClass) return;
  throw damagedHeap(`the list of class ${sizeClass}`);
}

/** Brings a slab's list membership in line with what it has, after blocks came back to it. */
export function relink(core: Core, slab: number, sizeClass: number): void {
  const { cells } = core;
  const d = descriptorOf(slab);
  if (cells[d + D_LISTED] === 0) link(cells, partialList(core, sizeClass), slab);
}

/** Takes a slab off its list when nothing is left in it. */
export function unlinkIfUsedUp(core: Core, slab: number, sizeClass: number): void {
  const { cells } = core;
  const d = descriptorOf(slab);
  if (cells[d + D_FREE] === 0 && cells[d + D_CARVED] === CLASS_CAPACITY[sizeClass]) {
    unlink(cells, partialList(core, sizeClass), slab);
  }
}

/** Releases an empty slab, unless it is the only one of its class with free blocks. */
export function releaseIfSpare(core: Core, slab: number, sizeClass: number): void {
  const { cells } = core;
  if (!isEmpty(cells, descriptorOf(slab))) return;
  const list = partialList(core, sizeClass);
  const first = cells[list];
  // One empty slab stays, or a class that comes and goes would format a slab each time.
  if (first === slab && isLast(core, slab)) return;
  releaseSlab(core, slab, sizeClass);
}

function isLast(core: Core, slab: number): boolean {
  return core.cells[descriptorOf(slab) + D_NEXT] === 0;
}

/** Gives an empty slab of this thread back to the shared pool. */
export function releaseSlab(core: Core, slab: number, sizeClass: number): void {
  undoSlab(core, slab, sizeClass);
  releaseSlabs(core, slab, CLASS_SLABS[sizeClass]);
}

/**
 * Makes an empty slab of this thread a claimed run, which nobody else knows of.
 * @atomics cold CORRECTNESS: takes the slab from adopters before its descriptor is undone.
 */
export function undoSlab(core: Core, slab: number, sizeClass: number): void {
  const { cells, pageMap, states, thread } = core;
  const d = descriptorOf(slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    assertSlab(core, slab);
    invariant(isEmpty(cells, d), () => `slab ${slab} is released with blocks in use`);
    assertState(core, slab, mine(core));
  }
  if (cells[d + D_LISTED] === 1) unlink(cells, partialList(core, sizeClass), slab);
  cells[d + D_OWNER] = 0;
  cells[ownedWord(core, slab)] &= ~(1 << (slab & 31));
  const slabs = CLASS_SLABS[sizeClass];
  cells.fill(0, pageMap + slab, pageMap + slab + slabs);
  publish(cells, states + slab, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_RELEASED + sizeClass);
}

/** Takes in what other threads freed into this thread's slabs since it last looked. */
export function drainTargets(core: Core): void {
  takeTargets(core, drainSlab);
}

function drainSlab(core: Core, slab: number): void {
  if (drainRemote(core, slab) === 0) return;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  const sizeClass = core.cells[descriptorOf(slab) + D_CLASS];
  relink(core, slab, sizeClass);
  releaseIfSpare(core, slab, sizeClass);
}

/** Visits every slab that this thread owns. `visit` may release it. */
export function eachOwned(core: Core, visit: (core: Core, slab: number) => void): void {
  const first = core.record + core.geometry.ownedOffset;
  for (let superSlab = 0; superSlab * 32 < core.slabs; superSlab++) {
    let slabs = core.cells[first + superSlab];
    while (slabs !== 0) {
      const index = 31 - Math.clz32(slabs);
      slabs ^= 1 << index;
      visit(core, superSlab * 32 + index);
    }
  }
}

/**
 * Leaves a slab to whoever adopts it, or to the pool when its blocks are all back.
 * @atomics cold CORRECTNESS: what a debug build checks of the state that is about to change.
 */
export function orphanSlab(core: Core, slab: number): void {
  const { cells } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    const state = acquire(cells, core.states + slab);
    invariant(
      (state & KIND) === SLAB_OWNED && cells[d + D_OWNER] === (state >>> ARGUMENT_SHIFT) + 1,
      () => `slab ${slab} is orphaned in state ${state} of owner ${cells[d + D_OWNER] - 1}`,
    );
  }
  if (cells[d + D_LISTED] === 1) unlink(cells, partialList(core, sizeClass), slab);
  cells[ownedWord(core, slab)] &= ~(1 << (slab & 31));
  leave(core, slab, d);
  hintOrphan(core, slab);
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ORPHANED + sizeClass);
}

/**
 * Notes that a slab may be an orphan; too often does no harm.
 * @atomics cold CORRECTNESS: threads set bits of one word at once, and adopters search by them.
 */
export function hintOrphan(core: Core, slab: number): void {
  const { cells, header } = core;
  // Benign race: a slab that was released meanwhile has no class, and class 0 no orphans; one that
  // has another class by then is no orphan that this call is about.
  const sizeClass = cells[core.pageMap + slab] & PAGE_CLASS;
  setBits(cells, header + H_ORPHAN_SUPERSLABS + (slab >>> 10), 1 << ((slab >>> 5) & 31));
  setBits(cells, header + H_ORPHAN_CLASSES + sizeClass, 1);
}

/**
 * Publishes a slab as an orphan, and sees to blocks that came back meanwhile.
 * @atomics cold CORRECTNESS: the orphan state hands the slab over; remote frees before it are
 *   looked for after it.
 */
function leave(core: Core, slab: number, d: number): void {
  const { cells, states } = core;
  cells[d + D_OWNER] = 0;
  publish(cells, states + slab, SLAB_ORPHAN);
  if (acquire(cells, core.geometry.summaries + slab) !== 0) settleOrphan(core, slab);
}

/**
 * Takes in the remote frees of an orphan and releases it when all blocks are back.
 * @atomics cold CORRECTNESS: one thread alone may take an orphan in.
 */
export function settleOrphan(core: Core, slab: number): void {
  const { cells, states } = core;
  if (slab >= core.slabs) core.refresh();
  if (!claim(cells, states + slab, SLAB_ORPHAN, mine(core))) return;
  const d = descriptorOf(slab);
  core.cells[d + D_OWNER] = core.thread + 1;
  core.cells[ownedWord(core, slab)] |= 1 << (slab & 31);
  core.cells[d + D_LISTED] = 0;
  drainRemoteFully(core, slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  if (isEmpty(core.cells, d)) {
    releaseSlab(core, slab, core.cells[d + D_CLASS]);
    return;
  }
  core.cells[ownedWord(core, slab)] &= ~(1 << (slab & 31));
  leave(core, slab, d);
  // Who looked for orphans meanwhile found none here, and has cleared its hints.
  hintOrphan(core, slab);
}

/**
 * Adopts an orphaned slab of a class that has free blocks; false when there is none.
 * @atomics warm CORRECTNESS: orphans of a class are searched for by its bit, set again when some
 *   remain.
 */
export function adoptSlab(core: Core, sizeClass: number): boolean {
  const { cells, header } = core;
  const flag = header + H_ORPHAN_CLASSES + sizeClass;
  if (acquire(cells, flag) === 0) return false;
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_ADOPT);
  if (findOrphan(core, sizeClass)) {
    if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_OWN);
    return true;
  }
  clearBits(cells, flag, 1);
  if (!findOrphan(core, sizeClass)) return false;
  setBits(cells, flag, 1);
  return true;
}

/**
 * @atomics cold CORRECTNESS: hints are cleared before the orphans are looked at, so none set
 *   later is lost.
 */
function findOrphan(core: Core, sizeClass: number): boolean {
  const { cells, header } = core;
  const words = (acquire(cells, header + H_CAPACITY) + 1023) >>> 10;
  for (let word = 0; word < words; word++) {
    let superSlabs = acquire(cells, header + H_ORPHAN_SUPERSLABS + word);
    while (superSlabs !== 0) {
      const bit = 31 - Math.clz32(superSlabs);
      superSlabs ^= 1 << bit;
      const superSlab = word * 32 + bit;
      if (adoptIn(core, superSlab, sizeClass)) return true;
      if (orphansIn(core, superSlab)) continue;
      clearBits(cells, header + H_ORPHAN_SUPERSLABS + word, 1 << bit);
      if (orphansIn(core, superSlab)) {
        setBits(cells, header + H_ORPHAN_SUPERSLABS + word, 1 << bit);
      }
    }
  }
  return false;
}

/** @atomics cold CORRECTNESS: a published orphan keeps its hint alive. */
function orphansIn(core: Core, superSlab: number): boolean {
  for (let slab = superSlab * 32 + 1; slab < superSlab * 32 + 32; slab++) {
    if ((acquire(core.cells, core.states + slab) & KIND) === SLAB_ORPHAN) return true;
  }
  return false;
}

/** @atomics cold CORRECTNESS: only a published orphan has a descriptor that others may read. */
function adoptIn(core: Core, superSlab: number, sizeClass: number): boolean {
  for (let slab = superSlab * 32 + 1; slab < superSlab * 32 + 32; slab++) {
    // The state is read first: an orphan's page map word was written before it became one.
    if (acquire(core.cells, core.states + slab) !== SLAB_ORPHAN) continue;
    // Benign race: a slab that changed hands since is refused by the claim, or is an orphan of a
    // class of its own, under which the adopter links it.
    if ((core.cells[core.pageMap + slab] & PAGE_CLASS) !== sizeClass) continue;
    if (adopt(core, slab)) return true;
  }
  return false;
}

/**
 * Makes an orphan this thread's own; true when it has blocks to give.
 * @atomics cold CORRECTNESS: one thread alone becomes the new owner.
 */
function adopt(core: Core, slab: number): boolean {
  if (slab >= core.slabs) core.refresh();
  if (!claim(core.cells, core.states + slab, SLAB_ORPHAN, mine(core))) return false;
  const { cells } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  cells[d + D_OWNER] = core.thread + 1;
  cells[ownedWord(core, slab)] |= 1 << (slab & 31);
  cells[d + D_LISTED] = 0;
  drainRemoteFully(core, slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ADOPTED + sizeClass);
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_ORPHAN);
  if (cells[d + D_FREE] === 0 && cells[d + D_CARVED] === CLASS_CAPACITY[sizeClass]) return false;
  link(cells, partialList(core, sizeClass), slab);
  return true;
}

/** @atomics cold CORRECTNESS: what a debug build holds against the state that the owner knows. */
function assertState(core: Core, slab: number, state: number): void {
  const is = acquire(core.cells, core.states + slab);
  invariant(is === state, () => `slab ${slab} has state ${is}, its owner says ${state}`);
}

/**
 * Settles every orphan of the heap: those with all blocks back go to the pool.
 * @atomics cold CORRECTNESS: reads the states that owners publish when they leave.
 */
export function settleOrphans(core: Core): void {
  const { cells, header, geometry } = core;
  let any = 0;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    any |= acquire(cells, header + H_ORPHAN_CLASSES + sizeClass);
  }
  if (any === 0) return;
  const end = acquire(cells, header + H_CAPACITY);
  for (let slab = geometry.firstSlab; slab < end; slab++) {
    if (acquire(cells, core.states + slab) === SLAB_ORPHAN) settleOrphan(core, slab);
  }
}
