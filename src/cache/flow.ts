/**
 * The slow half of malloc and of free for every size class: how an empty cache is filled and how a
 * full one makes room. Tiny, Mid MT and the pooled Large classes share it; their numbers differ.
 *
 * Contract: the thread that has the record calls everything here, with a cache that is empty (`refill`,
 * `takeFromSlabs`) or full (`makeRoom`). A call may leave `core` with other views.
 *
 * Death: nothing changes hands here but in what this calls, each of which says what a death leaves;
 * between two calls every block is in one hand.
 */
import {
  carryCount,
  hasFloor,
  isEmptyStack,
  positionOf,
  reserveStack,
  widenStack,
} from '../base/cache-stack.js';
import { inFigure, partialList, slowOf } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { damagedHeap } from '../base/errors.js';
import { invariant } from '../base/invariant.js';
import {
  CACHE_FULL,
  MAGAZINE_MAX,
  S_LIMIT,
  S_REFILLED,
  R_REFILLS,
  R_SPILLS,
} from '../base/offsets.js';
import { CLASS_CACHE, CLASS_SLABS } from '../base/sizeclass.js';
import {
  PART_COLLECT,
  PART_DRAIN,
  PART_FREE,
  PART_GIVE_BACK,
  PART_MALLOC,
  PART_OWN,
  PART_SPILL_PUT,
  PART_SPILL_TAKE,
  STAGE_OWN,
  STAGE_SPILL,
} from '../base/telemetry/cells.js';
import { refillBegins, refillEnds, servedBy } from '../base/telemetry/note.js';
import { resumePart, timePart } from '../base/telemetry/timing.js';
import { putMagazine, takeMagazine } from '../queue/spill.js';
import { carve, takeFree } from '../superslab/slab.js';
import { emptyCache, flushAll, tidiedBefore } from './flush.js';
import { giveBack } from './giveback.js';
import { cacheDepth, refillBlocks, spillTarget, steadyDepth } from './limits.js';
import { adoptSlab } from './orphans.js';
import { addSlab, assertOwn, drainTargets, unlinkIfUsedUp } from './slabs.js';

/** Fills an empty cache; false when the heap has no block of this class left. */
export function refill(core: Core, sizeClass: number): boolean {
  core.doubles[(core.record + R_REFILLS) >>> 1]++;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      isEmptyStack(core.cells, core.record + CLASS_CACHE[sizeClass]),
      () => `the cache of class ${sizeClass} is filled, and is not empty`,
    );
  }
  core.cells[slowOf(core.record, sizeClass) + S_REFILLED] = 1;
  if (FLAGS.ON_REFILL) refillBegins(core);
  carry(core, sizeClass);
  if (refillOnce(core, sizeClass)) {
    if (FLAGS.ON_REFILL) refillEnds(core, sizeClass, true, false);
    if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_MALLOC);
    return true;
  }
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_COLLECT);
  flushAll(core);
  const filled = refillOnce(core, sizeClass);
  if (FLAGS.ON_REFILL) refillEnds(core, sizeClass, filled, true);
  if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_MALLOC);
  return filled;
}

/** The stages in order: each stands further from this thread than the one before. */
function refillOnce(core: Core, sizeClass: number): boolean {
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_SPILL_TAKE);
  if (!FLAGS.NO_SPILL && takeMagazine(core, sizeClass) !== 0) {
    if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_SPILL);
    return true;
  }
  return takeFromSlabs(core, sizeClass, refillBlocks(core, sizeClass), true);
}

/**
 * Puts up to `want` blocks from slabs into an empty cache; false when none could be had. If asked to
 * `tidy`, it may empty all other caches of this thread first.
 */
export function takeFromSlabs(core: Core, sizeClass: number, want: number, tidy = false): boolean {
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_DRAIN);
  drainTargets(core);
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_OWN);
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_OWN);
  const region = core.record + CLASS_CACHE[sizeClass];
  const list = partialList(core.record, sizeClass);
  const figure = inFigure(core.record, sizeClass);
  reserveStack(core.cells, region, slowOf(core.record, sizeClass), want);
  let got = 0;
  // Once: with a damaged figure, or other threads that claim meanwhile, there would be no end to it.
  let mayTidy = tidy;
  while (got < want) {
    const slab = core.cells[list];
    if (slab === 0) {
      if (got > 0) break;
      if (adoptSlab(core, sizeClass)) continue;
      if (mayTidy && tidiedBefore(core, CLASS_SLABS[sizeClass])) {
        mayTidy = false;
        if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_OWN);
        continue;
      }
      if (addSlab(core, sizeClass)) continue;
      return false;
    }
    assertOwn(core, slab, sizeClass);
    const before = got;
    got += takeFree(core, slab, region, figure, want - got);
    if (got < want) got += carve(core, slab, region, figure, want - got);
    unlinkIfUsedUp(core, slab, sizeClass);
    if (got === before && core.cells[list] === slab) throw damagedHeap(`the list of slab ${slab}`);
  }
  return true;
}

/** Makes room in a full cache: deeper while it may grow, then half of it leaves. */
export function makeRoom(core: Core, sizeClass: number): void {
  const { cells } = core;
  const region = core.record + CLASS_CACHE[sizeClass];
  carry(core, sizeClass);
  if (positionOf(cells[region]) !== CACHE_FULL) return;
  const depth = cacheDepth(core, sizeClass);
  const slow = slowOf(core.record, sizeClass);
  const limit = cells[slow + S_LIMIT];
  if (!hasFloor(cells, region, limit)) throw damagedHeap(`the cache of class ${sizeClass}`);
  if (limit < depth && (limit < steadyDepth(sizeClass) || cells[slow + S_REFILLED] === 1)) {
    cells[slow + S_REFILLED] = 0;
    widenStack(cells, region, slow, Math.min(depth - limit, limit));
    return;
  }
  core.doubles[(core.record + R_SPILLS) >>> 1]++;
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_SPILL_PUT);
  const blocks = Math.min(MAGAZINE_MAX, limit >>> 1);
  if (FLAGS.NO_SPILL || !putMagazine(core, sizeClass, blocks, spillTarget(core, sizeClass))) {
    if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_GIVE_BACK);
    giveBack(core, sizeClass, blocks);
  }
  if (FLAGS.HAKMEM_DEBUG_TIMING) resumePart(core, PART_FREE);
  // The setting was lowered since the stack was laid out.
  if (limit > depth) emptyCache(core, sizeClass, depth);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      positionOf(cells[region]) < CACHE_FULL,
      () => `the cache of class ${sizeClass} is still full after it made room`,
    );
  }
}

/** Keeps the count of blocks handed out from wrapping. */
function carry(core: Core, sizeClass: number): void {
  const region = core.record + CLASS_CACHE[sizeClass];
  carryCount(core.cells, region, slowOf(core.record, sizeClass));
}
