/**
 * Orphans: slabs with blocks in use whose owner has gone, or wants no more of them. Whoever needs
 * blocks of their class adopts them.
 *
 * Contract: `orphanSlab` is called by the owner; all else by any thread.
 *
 * OWNED(me) -> ORPHAN is a store by the owner, ORPHAN -> OWNED(me) a compare-and-exchange. The hints
 * (a bit for each SuperSlab that may hold one, a word for each class) are set after the state and
 * cleared before a look that finds none, so an orphan always has its hints unless its orphaner or an
 * adopter died in between; `reclaim` of that thread sets them again.
 *
 * An orphan whose blocks are all back goes to the shared pool by the thread that returned blocks to
 * it or orphaned it, since both look after the other could have missed them: the one frees, then
 * reads the state; the other writes the state, then reads the remote bits.
 */
import { acquire, claim, clearBits, publish, setBits } from '../base/atomics.js';
import { partialList } from '../base/class-cells.js';
import { type Core, refreshViews } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import {
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LISTED,
  D_OWNER,
  H_CAPACITY,
  H_ORPHAN_CLASSES,
  H_ORPHAN_SUPERSLABS,
} from '../base/offsets.js';
import { ARGUMENT_SHIFT, KIND, SLAB_ORPHAN, SLAB_OWNED } from '../base/layout.js';
import { CLASS_CAPACITY, classOfPage } from '../base/sizeclass.js';
import {
  PART_ADOPT,
  PART_OWN,
  SLABS_ADOPTED,
  SLABS_ORPHANED,
  STAGE_ORPHAN,
} from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { servedBy } from '../base/telemetry/note.js';
import { resumePart, timePart } from '../base/telemetry/timing.js';
import { addTarget } from '../queue/remote.js';
import {
  assertSlab,
  descriptorOf,
  drainRemoteFully,
  isEmpty,
  link,
  unlink,
} from '../superslab/slab.js';
import { mine, ownedWord, releaseSlab } from './slabs.js';

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
  if (cells[d + D_LISTED] === 1) unlink(cells, partialList(core.record, sizeClass), slab);
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
  // has another class by then is no orphan that this call is about. A slab that its owner died in
  // before it carved a block has none either: it has nothing to give, and `reclaim` releases it.
  const sizeClass = classOfPage(cells[core.pageMap + slab]);
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
 * Makes an orphan this thread's slab, in no list, with what came back to it; false when it is none.
 * @atomics cold CORRECTNESS: one thread alone becomes the owner of an orphan.
 */
function takeOver(core: Core, slab: number): boolean {
  if (slab >= core.slabs) refreshViews(core);
  if (!claim(core.cells, core.states + slab, SLAB_ORPHAN, mine(core))) return false;
  const { cells } = core;
  const d = descriptorOf(slab);
  cells[d + D_OWNER] = core.thread + 1;
  cells[ownedWord(core, slab)] |= 1 << (slab & 31);
  cells[d + D_LISTED] = 0;
  drainRemoteFully(core, slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  return true;
}

/** Tells of remote frees in a slab: its owner, who looks for them; nobody else looks into an orphan. */
export function tellOfRemote(core: Core, slab: number): void {
  if (addTarget(core, slab) === SLAB_ORPHAN) settleOrphan(core, slab);
}

/** Takes in the remote frees of an orphan and releases it when all blocks are back. */
export function settleOrphan(core: Core, slab: number): void {
  if (!takeOver(core, slab)) return;
  const { cells } = core;
  const d = descriptorOf(slab);
  if (isEmpty(cells, d)) {
    releaseSlab(core, slab, cells[d + D_CLASS]);
    return;
  }
  cells[ownedWord(core, slab)] &= ~(1 << (slab & 31));
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
      hintOrphansIn(core, superSlab);
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

/**
 * Hints at orphans that came while their SuperSlab's bit was being cleared: at their classes too,
 * since without the bit another thread may have found none of a class and cleared its word.
 * @atomics cold CORRECTNESS: a published orphan gets its hints back.
 */
function hintOrphansIn(core: Core, superSlab: number): void {
  for (let slab = superSlab * 32 + 1; slab < superSlab * 32 + 32; slab++) {
    if (acquire(core.cells, core.states + slab) === SLAB_ORPHAN) hintOrphan(core, slab);
  }
}

/** @atomics cold CORRECTNESS: only a published orphan has a descriptor that others may read. */
function adoptIn(core: Core, superSlab: number, sizeClass: number): boolean {
  for (let slab = superSlab * 32 + 1; slab < superSlab * 32 + 32; slab++) {
    // The state is read first: an orphan's page map word was written before it became one.
    if (acquire(core.cells, core.states + slab) !== SLAB_ORPHAN) continue;
    // Benign race: a slab that changed hands since is refused by the claim, or is an orphan of a
    // class of its own, under which the adopter links it.
    if (classOfPage(core.cells[core.pageMap + slab]) !== sizeClass) continue;
    if (adopt(core, slab)) return true;
  }
  return false;
}

/** Makes an orphan this thread's own; true when it has blocks to give. */
function adopt(core: Core, slab: number): boolean {
  if (!takeOver(core, slab)) return false;
  const { cells } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ADOPTED + sizeClass);
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_ORPHAN);
  if (cells[d + D_FREE] === 0 && cells[d + D_CARVED] === CLASS_CAPACITY[sizeClass]) return false;
  link(cells, partialList(core.record, sizeClass), slab);
  return true;
}

/**
 * Whether there may be orphans.
 * @atomics cold CORRECTNESS: threads that leave set the hints.
 */
export function anyOrphans(core: Core): boolean {
  const { cells, header } = core;
  const end = acquire(cells, header + H_CAPACITY);
  for (let word = 0; word * 1024 < end; word++) {
    if (acquire(cells, header + H_ORPHAN_SUPERSLABS + word) !== 0) return true;
  }
  return false;
}

/**
 * Settles every orphan of the heap: those with all blocks back go to the pool.
 * @atomics cold CORRECTNESS: reads the states that owners publish when they leave.
 */
export function settleOrphans(core: Core): void {
  const { cells, header, geometry } = core;
  if (!anyOrphans(core)) return;
  const end = acquire(cells, header + H_CAPACITY);
  for (let slab = geometry.firstSlab; slab < end; slab++) {
    if (acquire(cells, core.states + slab) === SLAB_ORPHAN) settleOrphan(core, slab);
  }
}
