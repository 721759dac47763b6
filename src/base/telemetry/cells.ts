/**
 * Where each counter stands: a block in front of every thread record, with cells for the flags that
 * are on and none for those that are off. Numbers are indices of 64-bit floats in that block.
 *
 * Every group's first cell is the end of the group before it, and its own end follows from that cell: a
 * group between two others is put in at one place.
 *
 * A counter only rises, and only the thread that has the record writes it, plainly. Behind the
 * counters stand what they were at the last reset, written by whoever resets, and a few cells in
 * which the owner remembers something from one call to the next.
 *
 * Imports nothing, so that the bundler writes the numbers into the code.
 */

/** One more than the highest size class; geometry.ts holds it to the table of classes. */
export const COUNTED_CLASSES = 50;
const CLASSES = COUNTED_CLASSES;

// Cache hits and misses per class: pops, refills that brought something, refills that did not.
export const CLASS_POPS = 0;
export const CLASS_SERVED = CLASS_POPS + CLASSES;
export const CLASS_FAILED = CLASS_SERVED + CLASSES;
const CLASS_END = CLASS_POPS + (FLAGS.HAKMEM_TINY_CLASS_STATS_COMPILED ? 3 * CLASSES : 0);

export const TINY_FREE_FAST = CLASS_END;
export const TINY_FREE_SLOW = TINY_FREE_FAST + 1;
const TINY_FREE_END = TINY_FREE_FAST + (FLAGS.HAKMEM_TINY_FREE_STATS_COMPILED ? 2 : 0);

// Per class: pops as the cache itself counts them (only the reset's cell is used), refills, time.
export const MEASURE_POPS = TINY_FREE_END;
export const MEASURE_SERVED = MEASURE_POPS + CLASSES;
export const MEASURE_FAILED = MEASURE_SERVED + CLASSES;
export const MEASURE_TIME = MEASURE_FAILED + CLASSES;
const MEASURE_END =
  MEASURE_POPS + (FLAGS.HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED ? 4 * CLASSES : 0);

export const LARGEST_TINY_FREES = MEASURE_END;
const LARGEST_TINY_END = LARGEST_TINY_FREES + (FLAGS.HAKMEM_C7_FREE_COUNT_COMPILED ? 1 : 0);

/** Exact looks at marked blocks that found them free, and that did not; then the last addresses. */
export const MARK_AGREES = LARGEST_TINY_END;
export const MARK_DIFFERS = MARK_AGREES + 1;
const MARK_END = MARK_AGREES + (FLAGS.HAKMEM_HDR_MISMATCH_LOG_COMPILED ? 2 : 0);

export const META_CHECKED = MARK_END;
export const META_DIFFERS = META_CHECKED + 1;
const META_END = META_CHECKED + (FLAGS.HAKMEM_HDR_META_MISMATCH_COMPILED ? 2 : 0);

export const BAD_CLASS_NONE = META_END;
export const BAD_CLASS_RANGE = BAD_CLASS_NONE + 1;
const BAD_CLASS_END = BAD_CLASS_NONE + (FLAGS.HAKMEM_METRIC_BAD_CLASS_COMPILED ? 2 : 0);

export const ROUTE_FAST = BAD_CLASS_END;
export const ROUTE_LOOKED = ROUTE_FAST + 1;
const ROUTE_END = ROUTE_FAST + (FLAGS.HAKMEM_HDR_META_FAST_COMPILED ? 2 : 0);

export const REMOTE_PUSHES = ROUTE_END;
export const REMOTE_DRAINS = REMOTE_PUSHES + 1;
export const REMOTE_SLABS = REMOTE_DRAINS + 1;
export const REMOTE_STALE = REMOTE_SLABS + 1;
/** Drains by their length: 0, 1, 2 to 3, 4 to 7 and so on slabs. */
export const REMOTE_LENGTHS = REMOTE_STALE + 1;
export const REMOTE_LENGTH_BUCKETS = 8;
const REMOTE_END =
  REMOTE_PUSHES + (FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED ? 4 + REMOTE_LENGTH_BUCKETS : 0);

export const SPILL_PUTS = REMOTE_END;
export const SPILL_PUT_BLOCKS = SPILL_PUTS + 1;
export const SPILL_REFUSALS = SPILL_PUT_BLOCKS + 1;
export const SPILL_TAKES = SPILL_REFUSALS + 1;
export const SPILL_TAKE_BLOCKS = SPILL_TAKES + 1;
export const SPILL_EMPTY = SPILL_TAKE_BLOCKS + 1;
const SPILL_END = SPILL_PUTS + (FLAGS.HAKMEM_SPILL_STATS_COMPILED ? 6 : 0);

export const SUPERSLABS_ACQUIRED = SPILL_END;
export const SUPERSLABS_RELEASED = SUPERSLABS_ACQUIRED + 1;
export const GROWTHS = SUPERSLABS_RELEASED + 1;
export const GROWTH_SLABS = GROWTHS + 1;
export const GROWTHS_REFUSED = GROWTH_SLABS + 1;
export const GROWTH_TIME = GROWTHS_REFUSED + 1;
const SUPERSLAB_END = SUPERSLABS_ACQUIRED + (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED ? 6 : 0);

export const SLABS_ACQUIRED = SUPERSLAB_END;
export const SLABS_RELEASED = SLABS_ACQUIRED + CLASSES;
export const SLABS_ORPHANED = SLABS_RELEASED + CLASSES;
export const SLABS_ADOPTED = SLABS_ORPHANED + CLASSES;
const SHARED_POOL_END = SLABS_ACQUIRED + (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED ? 4 * CLASSES : 0);

export const POOL_POPS = SHARED_POOL_END;
export const POOL_SERVED = POOL_POPS + 1;
export const POOL_FAILED = POOL_SERVED + 1;
export const POOL_SPLITS = POOL_FAILED + 1;
export const BIG_HITS = POOL_SPLITS + 1;
export const BIG_MISSES = BIG_HITS + 1;
export const BIG_SPLITS = BIG_MISSES + 1;
export const BIG_KEPT = BIG_SPLITS + 1;
export const BIG_REFUSED = BIG_KEPT + 1;
export const BIG_SLABS_KEPT = BIG_REFUSED + 1;
const HOTBOX_END = POOL_POPS + (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED ? 10 : 0);

/** Refills by the stage that served them, `STAGE_NONE` being those that nothing served. */
export const STAGES = HOTBOX_END;
export const STAGE_NONE = 0;
export const STAGE_SPILL = 1;
export const STAGE_OWN = 2;
export const STAGE_ORPHAN = 3;
export const STAGE_POOL = 4;
export const STAGE_GROWTH = 5;
export const STAGE_COLLECT = 6;
const STAGE_COUNT = 7;
const STAGE_END = STAGES + (FLAGS.HAKMEM_REFILL_STAGE_COMPILED ? STAGE_COUNT : 0);

export const PIPELINE_CACHE = STAGE_END;
export const PIPELINE_SPILL = PIPELINE_CACHE + 1;
export const PIPELINE_LOCAL = PIPELINE_SPILL + 1;
export const PIPELINE_REMOTE = PIPELINE_LOCAL + 1;
export const PIPELINE_RUN = PIPELINE_REMOTE + 1;
const PIPELINE_END = PIPELINE_CACHE + (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED ? 5 : 0);

// Time by part, and how often each part began.
export const PART_MALLOC = 0;
export const PART_SPILL_TAKE = 1;
export const PART_DRAIN = 2;
export const PART_OWN = 3;
export const PART_ADOPT = 4;
export const PART_FRESH = 5;
export const PART_GROWTH = 6;
export const PART_COLLECT = 7;
export const PART_MALLOC_RUN = 8;
export const PART_FREE = 9;
export const PART_ROUTE = 10;
export const PART_SPILL_PUT = 11;
export const PART_GIVE_BACK = 12;
export const PART_FREE_RUN = 13;
export const PART_COUNT = 14;
export const TIMING_CALLS = PIPELINE_END;
export const TIMING_TIME = TIMING_CALLS + PART_COUNT;

/** Counters in all; behind them as many cells for what they were at the last reset. */
export const COUNTERS = TIMING_CALLS + (FLAGS.HAKMEM_DEBUG_TIMING ? 2 * PART_COUNT : 0);

// What the owner remembers for a moment.
/** When a refill began; how it is served so far. */
export const REFILL_BEGAN = 2 * COUNTERS;
export const REFILL_STAGE = REFILL_BEGAN + 1;
/** Slabs met in the present drain; when a growth began; SuperSlabs counted as released before it. */
export const DRAIN_LENGTH = REFILL_STAGE + 1;
export const GROWTH_BEGAN = DRAIN_LENGTH + 1;
export const GROWTH_RELEASED = GROWTH_BEGAN + 1;
/** The part being timed, plus one, 0 for none, and since when. */
export const PART_NOW = GROWTH_RELEASED + 1;
export const PART_SINCE = PART_NOW + 1;
/** Addresses whose mark differed from the bitmaps, the last of them at `MARK_DIFFERS` modulo 8. */
export const MARK_LOG = PART_SINCE + 1;
export const MARK_LOG_CELLS = 8;

/** 64-bit floats in front of a record: a multiple of what records are multiples of. */
export const TELEMETRY_DOUBLES =
  FLAGS.LAYOUT_BITS === 0 ? 0 : ((MARK_LOG + MARK_LOG_CELLS + 31) >>> 5) << 5;
