/**
 * What a thread caches, and what waits between threads, goes back to where any thread can use it for
 * any size: because the heap is exhausted, because the thread leaves, because a user asks for it, or
 * because the heap is about to hold more than ever before.
 *
 * Contract: the thread that has the record calls everything here. What comes between threads meanwhile
 * may stay there. Death: as in `giveback.ts` and `spill.ts`, block by block and magazine by magazine.
 */
import { acquire } from '../base/atomics.js';
import { isEmptyStack, layStack, stackDepth, topOf } from '../base/cache-stack.js';
import { slowOf } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { SLAB_KIB, SLAB_SHIFT } from '../base/layout.js';
import { H_IN_USE, Q_FULL, R_TIDY_AT, SPILL_SLOTS } from '../base/offsets.js';
import { CLASS_CACHE, CLASS_COUNT, CLASS_SLABS } from '../base/sizeclass.js';
import { PART_COLLECT } from '../base/telemetry/cells.js';
import { timePart } from '../base/telemetry/timing.js';
import { queueOf, takeMagazine, takeMagazineAnywhere } from '../queue/spill.js';
import { giveUpRuns } from '../superslab/acquire.js';
import { releaseSingles } from '../superslab/singles.js';
import { giveBack } from './giveback.js';
import { FIRST_DEPTH } from './limits.js';
import { settleOrphans } from './orphans.js';
import { drainTargets } from './slabs.js';
import { tidyOwned, undoWhole } from './tidy.js';

/** Returns all blocks of a class to their slabs; the cache will hold `limit` from here on. */
export function emptyCache(core: Core, sizeClass: number, limit: number): void {
  const region = core.record + CLASS_CACHE[sizeClass];
  giveBack(core, sizeClass, stackDepth(core.cells, region));
  layStack(core.cells, region, slowOf(core.record, sizeClass), limit);
}

/** Everything this thread caches goes back to its slabs, and the caches start small again. */
export function flushCaches(core: Core): void {
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    emptyCache(core, sizeClass, FIRST_DEPTH);
  }
}

/** The same with the caches as deep as they are. */
function returnCached(core: Core): void {
  const { record } = core;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const region = record + CLASS_CACHE[sizeClass];
    if (isEmptyStack(core.cells, region)) continue;
    giveBack(core, sizeClass, stackDepth(core.cells, region));
  }
}

/**
 * The same for a thread that leaves: it sees to its slabs afterwards, and whoever has the record
 * next lays the caches out. Slabs that came with the thread's start and gave no block to others, as
 * most do with a thread that lives for one task, are given up as they are found, those of one
 * SuperSlab together.
 */
function leaveCaches(core: Core): void {
  const { cells, record } = core;
  let superSlab = 0;
  let singles = 0;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const region = record + CLASS_CACHE[sizeClass];
    const block = cells[topOf(cells, region)];
    if (block === 0) continue;
    const slab = block >>> SLAB_SHIFT;
    if (CLASS_SLABS[sizeClass] > 1 || !undoWhole(core, sizeClass, slab)) {
      giveBack(core, sizeClass, stackDepth(cells, region), true);
      continue;
    }
    if (singles !== 0 && slab >>> 5 !== superSlab) {
      releaseSingles(core, superSlab, singles);
      singles = 0;
    }
    superSlab = slab >>> 5;
    singles |= 1 << (slab & 31);
  }
  if (singles !== 0) releaseSingles(core, superSlab, singles);
}

/**
 * Everything this thread caches and everything that waits between threads goes back to where any
 * thread can use it for any size: caches, spill queues, remote frees, orphans, the run cache, the
 * BigCache.
 */
export function flushAll(core: Core): void {
  flushCaches(core);
  flushShared(core, true);
}

/** The same for a thread that leaves: magazines that a dead thread left unnoted may stay. */
export function flushNoted(core: Core): void {
  leaveCaches(core);
  flushShared(core, false);
}

/**
 * All but the caches. `unnoted`: magazines that a dead thread left unnoted, too.
 * @atomics cold CORRECTNESS: the word of full slots says whether magazines wait.
 */
function flushShared(core: Core, unnoted: boolean): void {
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    if (!unnoted && acquire(core.cells, queueOf(core, sizeClass) + Q_FULL) === 0) continue;
    // Each slot once: other threads may go on putting magazines for as long as this one takes them.
    for (let slot = 0; slot < SPILL_SLOTS; slot++) {
      const blocks = unnoted
        ? takeMagazineAnywhere(core, sizeClass)
        : takeMagazine(core, sizeClass);
      if (blocks === 0) break;
      giveBack(core, sizeClass, blocks);
    }
  }
  drainTargets(core);
  tidyOwned(core);
  settleOrphans(core);
  giveUpRuns(core);
}

/** The least by which the memory in use grows, in KiB, before a thread tidies up again. */
const TIDY_STEP = 4 * SLAB_KIB;

/**
 * To be called before `slabs` slabs are taken into use. When the heap would then hold more than
 * this thread has known it to hold, by a thirty-second and at least 128 KiB, the thread first gives
 * back what lies idle with it: a few blocks in a cache keep a whole slab from all other classes.
 * True when it did: this thread's caches are empty, slabs of its own may be gone, and blocks may be
 * found nearer. A heap that was this large before is not delayed; a program that keeps reaching the
 * mark is let a little further each time, until it fits. The mark in `R_TIDY_AT` rises with the
 * answer, before the slabs are had: for a class that is a few slabs too many, and `mallocRun`,
 * which may ask for any number, puts the mark back when it fails.
 *
 * (jemalloc and tcmalloc let go of idle memory in the course of time. A library has no time of its
 * own, and what a program needs at most is decided in the moments before a new peak.)
 *
 * @atomics cold CORRECTNESS: every thread adds to the figure. It is no more than a figure: whatever
 *   this reads, blocks go back a little early or late. So nothing may wait for this to answer false.
 */
export function tidiedBefore(core: Core, slabs: number): boolean {
  const mark = core.cells[core.record + R_TIDY_AT];
  const figure = core.header + H_IN_USE;
  const wanted = slabs * SLAB_KIB;
  if (acquire(core.cells, figure) + wanted <= mark) return false;
  // With a thread that has just come nothing lies idle.
  if (mark !== 0) {
    if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_COLLECT);
    returnCached(core);
    flushShared(core, false);
  }
  const least = acquire(core.cells, figure) + wanted;
  const next = least + Math.max(least >> 5, TIDY_STEP);
  const further = mark === 0 ? 0 : mark + Math.max(wanted >>> 5, mark >>> 12);
  core.cells[core.record + R_TIDY_AT] = Math.max(further, next);
  return mark !== 0;
}
