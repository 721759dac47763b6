/**
 * What the hot and warm paths tell the counters, where it takes more than counting one.
 */
import type { Core } from '../core.js';
import { TINY_LAST, MID_LAST } from '../sizeclass.js';
import {
  CLASS_FAILED,
  CLASS_SERVED,
  DRAIN_LENGTH,
  GROWTH_BEGAN,
  GROWTH_RELEASED,
  GROWTH_SLABS,
  GROWTH_TIME,
  GROWTHS,
  GROWTHS_REFUSED,
  LARGEST_TINY_FREES,
  MARK_AGREES,
  MARK_DIFFERS,
  MARK_LOG,
  MARK_LOG_CELLS,
  MEASURE_FAILED,
  MEASURE_SERVED,
  MEASURE_TIME,
  META_CHECKED,
  META_DIFFERS,
  PIPELINE_CACHE,
  POOL_FAILED,
  POOL_POPS,
  POOL_SERVED,
  REFILL_BEGAN,
  REFILL_STAGE,
  REMOTE_DRAINS,
  REMOTE_LENGTH_BUCKETS,
  REMOTE_LENGTHS,
  REMOTE_SLABS,
  REMOTE_STALE,
  STAGE_COLLECT,
  STAGE_NONE,
  STAGES,
  SUPERSLABS_RELEASED,
} from './cells.js';
import { countOne, countMany, now, recall, remember } from './count.js';

/** A refill begins. */
export function refillBegins(core: Core): void {
  if (FLAGS.HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED) remember(core, REFILL_BEGAN, now());
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) remember(core, REFILL_STAGE, STAGE_NONE);
}

/** It has ended; `served` says whether the cache has blocks, `collected` whether it took a flush. */
export function refillEnds(
  core: Core,
  sizeClass: number,
  served: boolean,
  collected: boolean,
): void {
  if (FLAGS.HAKMEM_TINY_CLASS_STATS_COMPILED) {
    countOne(core, (served ? CLASS_SERVED : CLASS_FAILED) + sizeClass);
  }
  if (FLAGS.HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED) {
    countOne(core, (served ? MEASURE_SERVED : MEASURE_FAILED) + sizeClass);
    countMany(core, MEASURE_TIME + sizeClass, now() - recall(core, REFILL_BEGAN));
  }
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED && sizeClass > MID_LAST) {
    countOne(core, served ? POOL_SERVED : POOL_FAILED);
  }
  if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) {
    const stage = collected ? STAGE_COLLECT : recall(core, REFILL_STAGE);
    countOne(core, STAGES + (served ? stage : STAGE_NONE));
  }
}

/** The stage that serves the present refill, unless a later one takes its place. */
export function servedBy(core: Core, stage: number): void {
  remember(core, REFILL_STAGE, stage);
}

/** A block was taken from the cache by its class; those of the L2.5 pool count. */
export function blockTaken(core: Core, sizeClass: number): void {
  if (sizeClass > MID_LAST) countOne(core, POOL_POPS);
}

/** A block with a class was freed into the cache. */
export function blockFreed(core: Core, sizeClass: number, tinyCounter: number): void {
  if (FLAGS.HAKMEM_TINY_FREE_STATS_COMPILED && sizeClass <= TINY_LAST) countOne(core, tinyCounter);
  if (FLAGS.HAKMEM_C7_FREE_COUNT_COMPILED && sizeClass === TINY_LAST) {
    countOne(core, LARGEST_TINY_FREES);
  }
  if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countOne(core, PIPELINE_CACHE);
}

/** The page map gave one class, the slab's descriptor another, or the same. */
export function metaCompared(core: Core, mapped: number, described: number): void {
  countOne(core, META_CHECKED);
  if (mapped !== described) countOne(core, META_DIFFERS);
}

/** A block carries the mark of a free one; `free` is what bitmaps, caches and magazines say. */
export function markCompared(core: Core, address: number, free: boolean): void {
  if (free) {
    countOne(core, MARK_AGREES);
    return;
  }
  remember(core, MARK_LOG + (recall(core, MARK_DIFFERS) % MARK_LOG_CELLS), address);
  countOne(core, MARK_DIFFERS);
}

/** A drain of the remote target queue begins, meets a slab, ends. */
export function drainBegins(core: Core): void {
  remember(core, DRAIN_LENGTH, 0);
}

/** `own` is false for a slab that went into other hands since it was added. */
export function drainMeets(core: Core, own: boolean): void {
  countOne(core, DRAIN_LENGTH);
  if (!own) countOne(core, REMOTE_STALE);
}

export function drainEnds(core: Core): void {
  const slabs = recall(core, DRAIN_LENGTH);
  countOne(core, REMOTE_DRAINS);
  countMany(core, REMOTE_SLABS, slabs);
  const bucket = 32 - Math.clz32(slabs);
  countOne(core, REMOTE_LENGTHS + Math.min(bucket, REMOTE_LENGTH_BUCKETS - 1));
}

/** A growth begins; it has ended with `slabs` more, 0 when it was refused or others were faster. */
export function growthBegins(core: Core): void {
  remember(core, GROWTH_BEGAN, now());
  remember(core, GROWTH_RELEASED, recall(core, SUPERSLABS_RELEASED));
}

export function growthEnds(core: Core, slabs: number): void {
  countOne(core, slabs > 0 ? GROWTHS : GROWTHS_REFUSED);
  countMany(core, GROWTH_SLABS, slabs);
  countMany(core, GROWTH_TIME, now() - recall(core, GROWTH_BEGAN));
  // SuperSlabs that are free for the first time were not released by anybody.
  remember(core, SUPERSLABS_RELEASED, recall(core, GROWTH_RELEASED));
}
