/**
 * Free: what the fast path leaves to a function: full caches, Large blocks, and numbers that are no
 * block.
 *
 * Contract: as for `free`: any thread, for a block that it holds. It is to run in `interruptible`
 * (connection.ts), where an error can end it.
 *
 * Death: as in `free`, a block with a class changes hands with the store of its stack's word. Large
 * blocks: see `superslab/runcache.ts` and `large/run.ts`.
 */
import type { Core } from './base/core.js';
import { doubleFree } from './base/errors.js';
import { FREE_MARK, LARGE_CLASS, SLAB_SHIFT } from './base/layout.js';
import { CACHE_FULL, CACHE_TOP } from './base/offsets.js';
import { CLASS_CACHE } from './base/sizeclass.js';
import { PART_FREE_RUN, PIPELINE_RUN, TINY_FREE_SLOW } from './base/telemetry/cells.js';
import { countOne } from './base/telemetry/count.js';
import { blockFreed } from './base/telemetry/note.js';
import { timePart } from './base/telemetry/timing.js';
import { makeRoom } from './cache/flow.js';
import { assertCache } from './inspect/assert.js';
import { freeRun } from './large/run.js';
import { refusal, route } from './route.js';
import { keepRun, makeRunRoom } from './superslab/runcache.js';

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
  const { cells } = core;
  const region = core.record + CLASS_CACHE[routed];
  const next = (cells[region] + 1) | 0;
  cells[target >>> 2] = target ^ FREE_MARK;
  cells[region + CACHE_TOP + (next & CACHE_FULL)] = target;
  cells[region] = next;
  core.handsChanged = true;
  if (FLAGS.ON_SLOW_FREE) blockFreed(core, routed, TINY_FREE_SLOW);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertCache(core, routed);
}
