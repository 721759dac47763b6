/**
 * Large blocks above 256 KiB: each one a run of slabs of its own, from about 1 MiB on a run that
 * spans SuperSlabs. The state word of its first slab holds its length and who may change it, so it
 * needs no descriptor.
 *
 * Contract: any thread allocates, frees and resizes. A freed block that the thread's run cache has
 * room for (up to 4 MiB, see `superslab/runcache.ts`) stays LARGE(n) there. For others LARGE(n) ->
 * CLAIMED(me) is the one change of hands of a free, so of two threads that free the same block at
 * once one is refused.
 *
 * A resize in place takes the block out of use as a free does, and hands it out again with its new
 * length: meanwhile nobody else can free or resize it, so no run ever covers slabs that are in other
 * hands than its head.
 *
 * Death: before LARGE is published everything is CLAIMED by the dead thread, and `reclaim` frees it.
 * So a block whose thread dies inside the resize is free afterwards, as if it had been moved. A thread
 * that lives on has it again, see `undoResize`.
 */
import { acquire, claim, publish } from '../base/atomics.js';
import { type Core, refreshViews } from '../base/core.js';
import { doubleFree } from '../base/errors.js';
import { invariant } from '../base/invariant.js';
import {
  H_CAPACITY,
  HELD,
  R_IN_HAND,
  R_LARGE_BYTES_IN,
  R_LARGE_BYTES_OUT,
  R_LARGE_FREES,
  R_LARGE_MALLOCS,
  R_TIDY_AT,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  PAGE_LARGE,
  PAGE_SHIFT,
  RUN_SHIFT,
  RUN_SLAB,
  SLAB_BYTES,
  SLAB_CELLS,
  SLAB_CLAIMED,
  SLAB_INNER,
  SLAB_LARGE,
} from '../base/layout.js';
import { BIG_SPLITS, PART_MALLOC_RUN } from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { resumePart, timePart } from '../base/telemetry/timing.js';
import { flushAll, tidiedBefore } from '../cache/flush.js';
import { acquireRun } from '../superslab/acquire.js';
import { putRun, takeRun } from '../superslab/bigcache.js';
import { passRunsOn, takeKept, wipeTrailer } from '../superslab/runcache.js';
import { bindRun, claimSlabs, releaseSlabs, runLength, takeVirginity } from '../superslab/pool.js';

/** A block of at least `size` bytes, all zero, that this thread keeps or `mallocRun` finds; or 0. */
export function callocRun(core: Core, size: number): number {
  const kept = takeKept(core, size);
  if (kept === 0) return newBlock(core, size, true, false);
  core.cells.fill(0, kept >>> 2, (kept >>> 2) + Math.ceil(size / 4));
  return kept;
}

/** A block of at least `size` bytes that this thread does not keep; its address, or 0. */
export function mallocRun(core: Core, size: number): number {
  return newBlock(core, size, false, false);
}

/** `mallocRun` at a multiple of the largest alignment. */
export function mallocAligned(core: Core, size: number): number {
  return newBlock(core, size, false, true);
}

/** `zero` makes the bytes that were asked for zero. */
function newBlock(core: Core, size: number, zero: boolean, aligned: boolean): number {
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_MALLOC_RUN);
  const slabs = runLength(Math.ceil(size / SLAB_BYTES), aligned);
  const { geometry } = core;
  if (slabs > geometry.maxSlabs - geometry.firstSlab) return 0;
  // A run that this thread keeps may start anywhere; the BigCache is asked for one that suits.
  if (aligned) passRunsOn(core);
  const tidyAt = core.record + R_TIDY_AT;
  const mark = core.cells[tidyAt];
  if (tidiedBefore(core, slabs) && FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_MALLOC_RUN);
  const cached = takeRun(core, slabs, aligned);
  if (cached !== 0) {
    const slab = cached & RUN_SLAB;
    const length = cached >>> RUN_SHIFT;
    if (slab + length > core.slabs) refreshViews(core);
    if (zero) core.cells.fill(0, slab * SLAB_CELLS, (slab + length) * SLAB_CELLS);
    return handOut(core, slab, length);
  }
  let slab = acquireRun(core, slabs, aligned);
  if (slab === 0) {
    flushAll(core);
    slab = acquireRun(core, slabs, aligned);
  }
  if (slab === 0) {
    // The mark is what the heap held, not what was asked of it; see `tidiedBefore`.
    core.cells[tidyAt] = mark;
    return 0;
  }
  bindRun(core, slab, slab + 1, slab + slabs);
  takeVirginity(core, slab, slabs, zero);
  return handOut(core, slab, slabs);
}

/**
 * Puts a run that this thread has claimed into use. Its length stands in the page map only while it
 * is in use: by that word alone a run cache would keep what a thread that dies here leaves to
 * `reclaim`.
 * @atomics cold CORRECTNESS: whoever frees the block finds a whole run.
 */
function handOut(core: Core, slab: number, slabs: number): number {
  const { cells, doubles, pageMap, record, states } = core;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      acquire(cells, states + slab) === (SLAB_CLAIMED | (core.thread << ARGUMENT_SHIFT)),
      () => `the run at slab ${slab} is handed out by a thread that has not claimed it`,
    );
  }
  if (FLAGS.HAKMEM_BUILD_HARDENED) cells[record + R_IN_HAND] = (slab * SLAB_BYTES) | HELD;
  publish(cells, states + slab, SLAB_LARGE | (slabs << ARGUMENT_SHIFT));
  cells[pageMap + slab] = PAGE_LARGE | (slabs << PAGE_SHIFT);
  doubles[(record + R_LARGE_MALLOCS) >>> 1]++;
  doubles[(record + R_LARGE_BYTES_IN) >>> 1] += slabs * SLAB_BYTES;
  return slab * SLAB_BYTES;
}

/**
 * Slabs of the Large block that starts at a slab; 0 when none in use does.
 * @atomics warm CORRECTNESS: the state tells whether the run is in use, and its length.
 */
export function runSlabs(core: Core, slab: number): number {
  const state = acquire(core.cells, core.states + slab);
  return (state & KIND) === SLAB_LARGE ? state >>> ARGUMENT_SHIFT : 0;
}

/**
 * The first slab of the Large block in use, or kept, that a slab belongs to; 0 when it belongs to none.
 * @atomics cold CORRECTNESS: an inner slab's state leads to the head's, which tells what the run is.
 */
export function runAround(core: Core, slab: number): number {
  const state = acquire(core.cells, core.states + slab);
  const head = (state & KIND) === SLAB_INNER ? slab - (state >>> ARGUMENT_SHIFT) : slab;
  return head >= 0 && runSlabs(core, head) > slab - head ? head : 0;
}

/**
 * Frees a Large block that the run cache does not take; false when it is not in use.
 * @atomics warm CORRECTNESS: of two threads that free one run, one is refused.
 */
export function freeRun(core: Core, slab: number): boolean {
  const slabs = runSlabs(core, slab);
  if (!takeOut(core, slab, slabs)) return false;
  core.handsChanged = true;
  if (FLAGS.HAKMEM_BUILD_HARDENED) {
    core.cells[core.record + R_IN_HAND] = 0;
    wipeTrailer(core, slab, slabs);
  }
  putRun(core, slab, slabs);
  return true;
}

/**
 * Claims a Large block for this thread, which ends its use; false when it is not in use.
 * @atomics warm CORRECTNESS: of two threads that free or resize one run, one is refused.
 */
function takeOut(core: Core, slab: number, slabs: number): boolean {
  const { cells, doubles, pageMap, record, states, thread } = core;
  const inUse = SLAB_LARGE | (slabs << ARGUMENT_SHIFT);
  const mine = SLAB_CLAIMED | (thread << ARGUMENT_SHIFT);
  if (slabs === 0 || !claim(cells, states + slab, inUse, mine)) return false;
  cells[pageMap + slab] = PAGE_LARGE;
  doubles[(record + R_LARGE_FREES) >>> 1]++;
  doubles[(record + R_LARGE_BYTES_OUT) >>> 1] += slabs * SLAB_BYTES;
  return true;
}

/**
 * Puts a block back into use that `takeOut` claimed, with its present length; see `handOut`. `done` says
 * that it is the one that was asked for: an error from here on must not pass for a resize that failed.
 * @atomics cold CORRECTNESS: whoever frees the block finds a whole run.
 */
function putBack(core: Core, slab: number, slabs: number, done: boolean): void {
  const { cells, doubles, pageMap, record, states } = core;
  publish(cells, states + slab, SLAB_LARGE | (slabs << ARGUMENT_SHIFT));
  core.resizing = 0;
  core.handsChanged = done;
  cells[pageMap + slab] = PAGE_LARGE | (slabs << PAGE_SHIFT);
  doubles[(record + R_LARGE_FREES) >>> 1]--;
  doubles[(record + R_LARGE_BYTES_OUT) >>> 1] -= slabs * SLAB_BYTES;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertRun(core, slab, slabs);
}

/**
 * Resizes a Large block in place to at least `size` bytes; false when it has to move. A run may end
 * inside its first SuperSlab or at the end of any: elsewhere slab 0 would belong to it in part.
 *
 * @throws HakmemError `ERR_DOUBLE_FREE` when another thread frees the block at this moment
 */
export function resizeRun(core: Core, slab: number, size: number): boolean {
  const has = runSlabs(core, slab);
  if (has === 0) throw doubleFree(slab * SLAB_BYTES);
  const wants = endAllowed(slab, Math.ceil(size / SLAB_BYTES));
  if (wants === has) return true;
  // A run rounded up to a SuperSlab's end must not waste more than a quarter of itself.
  if (wants > has && wants * SLAB_BYTES - size > (wants * SLAB_BYTES) / 4) return false;
  if (!takeOut(core, slab, has)) throw doubleFree(slab * SLAB_BYTES);
  core.resizing = slab;
  core.resizingFrom = has;
  if (wants < has) {
    shrink(core, slab, has, wants);
    return true;
  }
  const grown = extend(core, slab, has, wants);
  putBack(core, slab, grown ? wants : has, grown);
  return grown;
}

/**
 * Puts the block back into use that an error left in the middle of `resizeRun`, with the length that it
 * had. What was claimed behind it stays claimed by this thread.
 * @atomics cold CORRECTNESS: this thread has claimed the run, so its slabs' states are its own.
 */
export function undoResize(core: Core): void {
  const { cells, resizing: slab, resizingFrom: has, states } = core;
  const mine = SLAB_CLAIMED | (core.thread << ARGUMENT_SHIFT);
  if (slab === 0 || acquire(cells, states + slab) !== mine) return;
  let more = slab + has;
  while (acquire(cells, states + more) === (SLAB_INNER | ((more - slab) << ARGUMENT_SHIFT))) more++;
  for (more--; more >= slab + has; more--) publish(cells, states + more, mine);
  bindRun(core, slab, slab + 1, slab + has);
  putBack(core, slab, has, false);
}

function endAllowed(slab: number, slabs: number): number {
  const room = 32 - (slab & 31);
  return slabs <= room ? slabs : room + Math.ceil((slabs - room) / 32) * 32;
}

/** @atomics cold CORRECTNESS: slabs behind the run have to be below the published capacity. */
function extend(core: Core, slab: number, has: number, wants: number): boolean {
  if (slab + wants > acquire(core.cells, core.header + H_CAPACITY)) return false;
  if (claimSlabs(core, slab + has, wants - has) !== 0) return false;
  takeVirginity(core, slab + has, wants - has, false);
  bindRun(core, slab, slab + has, slab + wants);
  return true;
}

/** @atomics cold CORRECTNESS: the tail is this thread's before the shorter run is published. */
function shrink(core: Core, slab: number, has: number, wants: number): void {
  const { cells, states, thread } = core;
  for (let last = slab + has - 1; last >= slab + wants; last--) {
    publish(cells, states + last, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));
  }
  putBack(core, slab, wants, true);
  releaseSlabs(core, slab + wants, has - wants);
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_SPLITS);
}

/**
 * A Large block that was resized: its head has the length, its other slabs the way to the head.
 * @atomics cold CORRECTNESS: what a debug build checks of the states after a resize.
 */
function assertRun(core: Core, head: number, slabs: number): void {
  const { cells, states } = core;
  invariant(runSlabs(core, head) === slabs, () => `the run at slab ${head} has another length`);
  invariant(
    cells[core.pageMap + head] === (PAGE_LARGE | (slabs << PAGE_SHIFT)),
    () => `the page map has no Large block at slab ${head}`,
  );
  for (let k = 1; k < slabs; k++) {
    invariant(
      acquire(cells, states + head + k) === (SLAB_INNER | (k << ARGUMENT_SHIFT)),
      () => `slab ${head + k} does not belong to the run at slab ${head}, which covers it`,
    );
  }
}
