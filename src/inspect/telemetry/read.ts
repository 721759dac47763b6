/**
 * Telemetry from sums of counters: each group a function that only a build which counts it has.
 *
 * @atomics cold TELEMETRY: finds what caches and BigCache keep at this moment.
 */
import { acquire } from '../../base/atomics.js';
import type { Core } from '../../base/core.js';
import { ARGUMENT_SHIFT, KIND, SLAB_BYTES, SLAB_CACHED } from '../../base/layout.js';
import { H_CAPACITY } from '../../base/offsets.js';
import { CLASS_BYTES, CLASS_COUNT, MID_LAST } from '../../base/sizeclass.js';
import {
  BAD_CLASS_NONE,
  BAD_CLASS_RANGE,
  BIG_HITS,
  BIG_KEPT,
  BIG_MISSES,
  BIG_REFUSED,
  BIG_SLABS_KEPT,
  BIG_SPLITS,
  CLASS_FAILED,
  CLASS_POPS,
  CLASS_SERVED,
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
  MEASURE_POPS,
  MEASURE_SERVED,
  MEASURE_TIME,
  META_CHECKED,
  META_DIFFERS,
  PIPELINE_CACHE,
  PIPELINE_LOCAL,
  PIPELINE_REMOTE,
  PIPELINE_RUN,
  PIPELINE_SPILL,
  POOL_FAILED,
  POOL_POPS,
  POOL_SERVED,
  POOL_SPLITS,
  REMOTE_DRAINS,
  REMOTE_LENGTH_BUCKETS,
  REMOTE_LENGTHS,
  REMOTE_PUSHES,
  REMOTE_SLABS,
  REMOTE_STALE,
  ROUTE_FAST,
  ROUTE_LOOKED,
  SLABS_ACQUIRED,
  SLABS_ADOPTED,
  SLABS_ORPHANED,
  SLABS_RELEASED,
  SPILL_EMPTY,
  SPILL_PUT_BLOCKS,
  SPILL_PUTS,
  SPILL_REFUSALS,
  SPILL_TAKE_BLOCKS,
  SPILL_TAKES,
  STAGE_COLLECT,
  STAGE_GROWTH,
  STAGE_NONE,
  STAGE_ORPHAN,
  STAGE_OWN,
  STAGE_POOL,
  STAGE_SPILL,
  STAGES,
  SUPERSLABS_ACQUIRED,
  SUPERSLABS_RELEASED,
  TINY_FREE_FAST,
  TINY_FREE_SLOW,
} from '../../base/telemetry/cells.js';
import { cachedBlocks, recordOf } from '../../thread/record.js';
import { keptSlabs } from '../../superslab/runcache.js';
import { spilledOf } from '../census.js';
import { readRings, sumCounters } from './sum.js';
import { readTiming } from './timing.js';
import type {
  CacheMeasure,
  ClassCacheTelemetry,
  MeasuredClass,
  NotCompiled,
  PoolClass,
  Telemetry,
} from './types.js';

const NOT_COMPILED: NotCompiled = 'not compiled';
const NO_SUMS = new Float64Array(0);

/** What this build counts. */
export function telemetryOf(core: Core): Telemetry {
  const sums = FLAGS.LAYOUT_BITS === 0 ? NO_SUMS : sumCounters(core);
  return {
    classCache: FLAGS.HAKMEM_TINY_CLASS_STATS_COMPILED ? readClasses(sums) : NOT_COMPILED,
    tinyFrees: FLAGS.HAKMEM_TINY_FREE_STATS_COMPILED
      ? { fast: sums[TINY_FREE_FAST], slow: sums[TINY_FREE_SLOW] }
      : NOT_COMPILED,
    cacheMeasure: FLAGS.HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED
      ? readMeasure(sums)
      : NOT_COMPILED,
    largestTinyFrees: FLAGS.HAKMEM_C7_FREE_COUNT_COMPILED ? sums[LARGEST_TINY_FREES] : NOT_COMPILED,
    markMismatches: FLAGS.HAKMEM_HDR_MISMATCH_LOG_COMPILED
      ? {
          agree: sums[MARK_AGREES],
          differ: sums[MARK_DIFFERS],
          recent: readRings(core, MARK_LOG, MARK_LOG_CELLS, MARK_DIFFERS),
        }
      : NOT_COMPILED,
    metaMismatches: FLAGS.HAKMEM_HDR_META_MISMATCH_COMPILED
      ? { checked: sums[META_CHECKED], differ: sums[META_DIFFERS] }
      : NOT_COMPILED,
    badClasses: FLAGS.HAKMEM_METRIC_BAD_CLASS_COMPILED
      ? { none: sums[BAD_CLASS_NONE], outOfRange: sums[BAD_CLASS_RANGE] }
      : NOT_COMPILED,
    routes: FLAGS.HAKMEM_HDR_META_FAST_COMPILED
      ? { fast: sums[ROUTE_FAST], looked: sums[ROUTE_LOOKED] }
      : NOT_COMPILED,
    remoteTargets: FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED ? readRemote(sums) : NOT_COMPILED,
    spill: FLAGS.HAKMEM_SPILL_STATS_COMPILED ? readSpill(sums) : NOT_COMPILED,
    superSlabs: FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED ? readSuperSlabs(sums) : NOT_COMPILED,
    sharedPool: FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED ? readSharedPool(sums) : NOT_COMPILED,
    pool: FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED ? readPool(core, sums) : NOT_COMPILED,
    bigCache: FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED ? readBigCache(core, sums) : NOT_COMPILED,
    refillStages: FLAGS.HAKMEM_REFILL_STAGE_COMPILED ? readStages(sums) : NOT_COMPILED,
    freedTo: FLAGS.HAKMEM_FREE_PIPELINE_COMPILED ? readPipeline(sums) : NOT_COMPILED,
    timing: FLAGS.HAKMEM_DEBUG_TIMING ? readTiming(sums) : NOT_COMPILED,
  };
}

/** A cache's hits and misses; a refill that served is followed by the pop that asked for it. */
function hitsAndMisses(
  pops: number,
  served: number,
  failed: number,
): { hits: number; misses: number } {
  return { hits: Math.max(0, pops - served), misses: served + failed };
}

/** One entry for each class of which `used` holds. */
function perClass<T>(make: (sizeClass: number) => T, used: (entry: T) => boolean): T[] {
  const entries: T[] = [];
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const entry = make(sizeClass);
    if (used(entry)) entries.push(entry);
  }
  return entries;
}

function readClasses(sums: Float64Array): ClassCacheTelemetry[] {
  return perClass(
    (sizeClass) => ({
      sizeClass,
      bytes: CLASS_BYTES[sizeClass],
      ...hitsAndMisses(
        sums[CLASS_POPS + sizeClass],
        sums[CLASS_SERVED + sizeClass],
        sums[CLASS_FAILED + sizeClass],
      ),
    }),
    ({ hits, misses }) => hits + misses > 0,
  );
}

function readMeasure(sums: Float64Array): CacheMeasure {
  const classes = perClass<MeasuredClass>(
    (sizeClass) => ({
      sizeClass,
      bytes: CLASS_BYTES[sizeClass],
      ...hitsAndMisses(
        sums[MEASURE_POPS + sizeClass],
        sums[MEASURE_SERVED + sizeClass],
        sums[MEASURE_FAILED + sizeClass],
      ),
      nanoseconds: sums[MEASURE_TIME + sizeClass],
    }),
    ({ hits, misses }) => hits + misses > 0,
  );
  const served = sums.subarray(MEASURE_SERVED, MEASURE_SERVED + CLASS_COUNT);
  return {
    hits: classes.reduce((sum, { hits }) => sum + hits, 0),
    misses: classes.reduce((sum, { misses }) => sum + misses, 0),
    refills: served.reduce((sum, refills) => sum + refills, 0),
    nanoseconds: classes.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0),
    classes,
  };
}

function readRemote(sums: Float64Array): Exclude<Telemetry['remoteTargets'], NotCompiled> {
  return {
    pushes: sums[REMOTE_PUSHES],
    drains: sums[REMOTE_DRAINS],
    slabs: sums[REMOTE_SLABS],
    stale: sums[REMOTE_STALE],
    lengths: [...sums.subarray(REMOTE_LENGTHS, REMOTE_LENGTHS + REMOTE_LENGTH_BUCKETS)],
  };
}

function readSpill(sums: Float64Array): Exclude<Telemetry['spill'], NotCompiled> {
  return {
    puts: sums[SPILL_PUTS],
    putBlocks: sums[SPILL_PUT_BLOCKS],
    refusals: sums[SPILL_REFUSALS],
    takes: sums[SPILL_TAKES],
    takenBlocks: sums[SPILL_TAKE_BLOCKS],
    empty: sums[SPILL_EMPTY],
  };
}

function readSuperSlabs(sums: Float64Array): Exclude<Telemetry['superSlabs'], NotCompiled> {
  return {
    acquired: sums[SUPERSLABS_ACQUIRED],
    released: sums[SUPERSLABS_RELEASED],
    growths: sums[GROWTHS],
    grownBytes: sums[GROWTH_SLABS] * SLAB_BYTES,
    growthsRefused: sums[GROWTHS_REFUSED],
    growthNanoseconds: sums[GROWTH_TIME],
  };
}

function readSharedPool(sums: Float64Array): PoolClass[] {
  return perClass(
    (sizeClass) => ({
      sizeClass,
      bytes: CLASS_BYTES[sizeClass],
      acquired: sums[SLABS_ACQUIRED + sizeClass],
      released: sums[SLABS_RELEASED + sizeClass],
      orphaned: sums[SLABS_ORPHANED + sizeClass],
      adopted: sums[SLABS_ADOPTED + sizeClass],
    }),
    ({ acquired, released, orphaned, adopted }) => acquired + released + orphaned + adopted > 0,
  );
}

function readPool(core: Core, sums: Float64Array): Exclude<Telemetry['pool'], NotCompiled> {
  let keptBytes = 0;
  const records = core.recordsUsed;
  for (let sizeClass = MID_LAST + 1; sizeClass < CLASS_COUNT; sizeClass++) {
    let blocks = [...spilledOf(core, sizeClass)].length;
    for (let thread = 0; thread < records; thread++) {
      blocks += cachedBlocks(core, recordOf(core, thread), sizeClass);
    }
    keptBytes += blocks * CLASS_BYTES[sizeClass];
  }
  return {
    ...hitsAndMisses(sums[POOL_POPS], sums[POOL_SERVED], sums[POOL_FAILED]),
    splits: sums[POOL_SPLITS],
    keptBytes,
  };
}

function readBigCache(core: Core, sums: Float64Array): Exclude<Telemetry['bigCache'], NotCompiled> {
  let kept = 0;
  const capacity = acquire(core.cells, core.header + H_CAPACITY);
  for (let slab = core.geometry.firstSlab; slab < capacity; slab++) {
    const state = acquire(core.cells, core.states + slab);
    if ((state & KIND) === SLAB_CACHED) kept += state >>> ARGUMENT_SHIFT;
  }
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) kept += keptSlabs(core, recordOf(core, thread));
  return {
    hits: sums[BIG_HITS],
    misses: sums[BIG_MISSES],
    splits: sums[BIG_SPLITS],
    kept: sums[BIG_KEPT],
    refused: sums[BIG_REFUSED],
    putBytes: sums[BIG_SLABS_KEPT] * SLAB_BYTES,
    keptBytes: kept * SLAB_BYTES,
  };
}

function readStages(sums: Float64Array): Exclude<Telemetry['refillStages'], NotCompiled> {
  return {
    spill: sums[STAGES + STAGE_SPILL],
    own: sums[STAGES + STAGE_OWN],
    orphan: sums[STAGES + STAGE_ORPHAN],
    pool: sums[STAGES + STAGE_POOL],
    growth: sums[STAGES + STAGE_GROWTH],
    collect: sums[STAGES + STAGE_COLLECT],
    failed: sums[STAGES + STAGE_NONE],
  };
}

function readPipeline(sums: Float64Array): Exclude<Telemetry['freedTo'], NotCompiled> {
  return {
    cache: sums[PIPELINE_CACHE],
    spill: sums[PIPELINE_SPILL],
    ssLocal: sums[PIPELINE_LOCAL],
    ssRemote: sums[PIPELINE_REMOTE],
    run: sums[PIPELINE_RUN],
  };
}
