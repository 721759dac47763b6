/**
 * Free: what the fast path leaves to functions: blocks that start behind the first slab of their
 * run, full caches, Large blocks, and numbers that are no block.
 *
 * Contract: as for `free`: any thread, for a block that it holds. `freeInner` writes in a straight
 * line; `freeRouted` is to run in `interruptible` (connection.ts), where an error can end it.
 *
 * Death: as in `free`, a block with a class changes hands with the store of its stack's word. Large
 * blocks: see `superslab/runcache.ts` and `large/run.ts`.
 */
import type { Cells } from './base/atomics.js';
import type { Core } from './base/core.js';
import { doubleFree } from './base/errors.js';
import {
  FREE_MARK,
  hasFreeMark,
  LARGE_CLASS,
  PAGE_INNER,
  PAGE_KIND,
  PAGE_SHIFT,
  SLAB_BYTES,
  SLAB_SHIFT,
} from './base/layout.js';
import { CACHE_FULL, CACHE_REFUSE, CACHE_TOP } from './base/offsets.js';
import { CLASS_BYTES, CLASS_CACHE, classOfPage } from './base/sizeclass.js';
import { PART_FREE_RUN, PIPELINE_RUN, TINY_FREE_SLOW } from './base/telemetry/cells.js';
import { countOne } from './base/telemetry/count.js';
import { blockFreed } from './base/telemetry/note.js';
import { timePart } from './base/telemetry/timing.js';
import { makeRoom } from './cache/flow.js';
import { assertCache } from './inspect/assert.js';
import { freeRun } from './large/run.js';
import { fastFreed, isCarvedBehind, refusal, route } from './route.js';
import { keepRun, makeRunRoom } from './superslab/runcache.js';

/**
 * Pushes a block that starts behind the first slab of its run onto its cache: the checks of the
 * fast path, by the word of the run's head. False, and nothing is done, when the number is not such
 * a block in use without doubt, or the cache is full.
 */
export function freeInner(core: Core, target: number): boolean {
  const { cells, pageMap } = core;
  const slab = target >>> SLAB_SHIFT;
  if (target >>> 0 !== target || slab >= core.slabs) return false;
  // Benign race: for a block that the caller holds, both words lead to its run, whatever is carved
  // behind it.
  const way = cells[pageMap + slab];
  if ((way & PAGE_KIND) !== PAGE_INNER) return false;
  const head = slab - (way >>> PAGE_SHIFT);
  // Benign race: as above.
  const page = cells[pageMap + head];
  const sizeClass = classOfPage(page);
  const offset = target - head * SLAB_BYTES;
  if (!isCarvedBehind(core, head, page, offset) || offset % CLASS_BYTES[sizeClass] !== 0) {
    return false;
  }
  const region = core.record + CLASS_CACHE[sizeClass];
  if (hasFreeMark(cells, target) || ((cells[region] + 1) & CACHE_REFUSE) !== 0) return false;
  pushBlock(cells, region, target);
  if (FLAGS.ON_FAST_FREE) fastFreed(core, target, page);
  return true;
}

/**
 * Frees any block, by the free route.
 *
 * @throws HakmemError `ERR_INVALID_POINTER`, `ERR_DOUBLE_FREE`
 */
export function freeRouted(core: Core, target: number): void {
  const routed = route(core, target);
  if (routed <= 0) throw refusal(target, routed);
  if (routed === LARGE_CLASS) {
    if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_FREE_RUN);
    const slab = target >>> SLAB_SHIFT;
    const kept = makeRunRoom(core, slab) && keepRun(core, target);
    // Another thread may have freed it meanwhile, and keep it now.
    if (!kept && (route(core, target) !== LARGE_CLASS || !freeRun(core, slab))) {
      throw doubleFree(target);
    }
    if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countOne(core, PIPELINE_RUN);
    return;
  }
  makeRoom(core, routed);
  pushBlock(core.cells, core.record + CLASS_CACHE[routed], target);
  core.handsChanged = true;
  if (FLAGS.ON_SLOW_FREE) blockFreed(core, routed, TINY_FREE_SLOW);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertCache(core, routed);
}

/** Writes what the fast path of `free` writes: the mark, the entry, and the word that hands the block over. */
function pushBlock(cells: Cells, region: number, target: number): void {
  const next = (cells[region] + 1) | 0;
  cells[target >>> 2] = target ^ FREE_MARK;
  cells[region + CACHE_TOP + (next & CACHE_FULL)] = target;
  cells[region] = next;
}
