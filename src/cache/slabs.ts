/**
 * The slabs that a thread owns: how one is got, listed, drained and given back.
 *
 * Contract: every function is called by the thread whose record `core` shows.
 *
 * Invariant: mask of owned slabs (plain, in the record) = slabs whose state is OWNED(this thread).
 * The states are the truth; `reclaim` of a dead thread goes by them.
 *
 * A slab whose blocks are all back goes to the shared pool when its owner drains it or returns a
 * block to it; see orphans.ts for those that nobody owns.
 *
 * Death: until `formatSlab` publishes OWNED, and from the moment that `undoSlab` publishes CLAIMED, the
 * run is CLAIMED and `reclaim` frees it. In between it is OWNED, whatever mask, list, descriptor and
 * page map say: `reclaim` writes those anew from the class, the carved count and the bitmaps, which
 * neither lists nor `undoSlab` touch.
 */
import { acquire, publish } from '../base/atomics.js';
import { partialList } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { damagedHeap } from '../base/errors.js';
import { invariant } from '../base/invariant.js';
import { D_CARVED, D_CLASS, D_FREE, D_LISTED, D_NEXT, D_OWNER } from '../base/offsets.js';
import { ARGUMENT_SHIFT, MAX_ALIGNMENT, SLAB_CLAIMED, SLAB_OWNED } from '../base/layout.js';
import { CLASS_BYTES, CLASS_CAPACITY, CLASS_SLABS, MID_LAST } from '../base/sizeclass.js';
import {
  PART_FRESH,
  PART_OWN,
  POOL_SPLITS,
  SLABS_ACQUIRED,
  SLABS_RELEASED,
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
  formatSlab,
  isEmpty,
  link,
  unlink,
} from '../superslab/slab.js';

/** The word of this thread's mask of owned slabs that has a slab's bit. */
export function ownedWord(core: Core, slab: number): number {
  return core.record + core.geometry.ownedOffset + (slab >>> 5);
}

/** The state of a slab that this thread owns. */
export const mine = (core: Core): number => SLAB_OWNED | (core.thread << ARGUMENT_SHIFT);

/** Gets a slab of a class from the shared pool; false when the heap is exhausted. */
export function addSlab(core: Core, sizeClass: number): boolean {
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_FRESH);
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_POOL);
  const slabs = CLASS_SLABS[sizeClass];
  // These are the classes from which `memalign` takes blocks of the largest alignment.
  const aligned = CLASS_BYTES[sizeClass] % MAX_ALIGNMENT === 0;
  const slab = acquireRun(core, slabs, aligned);
  if (slab === 0) return false;
  if (slabs > 1) bindRun(core, slab, slab + 1, slab + slabs);
  openSlab(core, slab, sizeClass, takeVirginity(core, slab, slabs, false));
  if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_OWN);
  return true;
}

/** Makes a run that this thread has claimed and bound a slab of a class. */
function openSlab(core: Core, slab: number, sizeClass: number, virgin: boolean): void {
  core.cells[ownedWord(core, slab)] |= 1 << (slab & 31);
  formatSlab(core, slab, sizeClass, virgin);
  link(core.cells, partialList(core.record, sizeClass), slab);
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
  if (cells[d + D_LISTED] === 0) link(cells, partialList(core.record, sizeClass), slab);
}

/** Takes a slab off its list when nothing is left in it. */
export function unlinkIfUsedUp(core: Core, slab: number, sizeClass: number): void {
  const { cells } = core;
  const d = descriptorOf(slab);
  if (cells[d + D_FREE] === 0 && cells[d + D_CARVED] === CLASS_CAPACITY[sizeClass]) {
    unlink(cells, partialList(core.record, sizeClass), slab);
  }
}

/** Releases an empty slab, unless it is the only one of its class with free blocks. */
export function releaseIfSpare(core: Core, slab: number, sizeClass: number): void {
  const { cells } = core;
  if (!isEmpty(cells, descriptorOf(slab))) return;
  const list = partialList(core.record, sizeClass);
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
  if (cells[d + D_LISTED] === 1) unlink(cells, partialList(core.record, sizeClass), slab);
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

/** @atomics cold CORRECTNESS: what a debug build holds against the state that the owner knows. */
function assertState(core: Core, slab: number, state: number): void {
  const is = acquire(core.cells, core.states + slab);
  invariant(is === state, () => `slab ${slab} has state ${is}, its owner says ${state}`);
}
