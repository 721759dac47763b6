/**
 * Build flags: the one place that declares every constant that a build may set.
 *
 * Code asks `FLAGS.NAME`. esbuild's `define` (and the test runner's) puts `true` or `false` in its
 * place while it parses, so a branch behind a flag that is off leaves nothing at all in the bundle:
 * not its name, not the functions and cells that only it uses. `FLAG_TABLE` says what each flag is;
 * the build, the tests, the audit and the documents read it through scripts/flags.mjs.
 */

/** Where a flag's code runs: on every malloc or free, on their slow halves, or seldom. */
export type FlagPath = 'hot' | 'warm' | 'cold';

/** What is said of a flag. */
export interface FlagInfo {
  /** The published build's value, and that of `hakmem/debug`. */
  readonly default: 0 | 1;
  readonly debug: 0 | 1;
  /** What it observes or changes. */
  readonly observes: string;
  readonly path: FlagPath;
  /** What it adds to the code when it is 1; docs/ab/ has what each was measured to cost. */
  readonly cost: string;
  /** Fields of `heap.stats().telemetry` that show what it counts. */
  readonly fields: readonly string[];
  /** Whether heaps of builds that differ here refuse each other, as their records differ. */
  readonly layout: boolean;
}

/**
 * What the header says of the layout: a bit for each flag of the table that changes it, in its
 * order. Builds that differ here refuse each other's heaps.
 */
export const FEATURES: number = FLAGS.LAYOUT_BITS;

export const FLAG_TABLE = {
  HAKMEM_TINY_CLASS_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'cache hits and misses of malloc, per size class',
    path: 'hot',
    cost: 'one addition to a plain cell of the thread per malloc',
    fields: ['classCache'],
  },
  HAKMEM_TINY_FREE_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'frees that reach a SuperSlab: those of Tiny blocks, on the fast and the slow path',
    path: 'hot',
    cost: 'one comparison and one addition to a plain cell per free',
    fields: ['tinyFrees'],
  },
  HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'thread-cache hits, misses, refill cycles and their time, in all and per class',
    path: 'warm',
    cost: 'two readings of the clock and three additions per refill',
    fields: ['cacheMeasure'],
  },
  HAKMEM_C7_FREE_COUNT_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'frees of the largest Tiny class',
    path: 'hot',
    cost: 'one comparison per free, one addition per free of that class',
    fields: ['largestTinyFrees'],
  },
  HAKMEM_HDR_MISMATCH_LOG_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'blocks whose mark says free: how often the bitmaps agree, and the last that differ',
    path: 'cold',
    cost: 'one or two additions per exact look at a marked block',
    fields: ['markMismatches'],
  },
  HAKMEM_HDR_META_MISMATCH_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'page map words whose class is not the one in the slab descriptor',
    path: 'hot',
    cost: 'one load of the descriptor and one addition per free',
    fields: ['metaMismatches'],
  },
  HAKMEM_METRIC_BAD_CLASS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'freed addresses where the page map names no class, or one out of range',
    path: 'cold',
    cost: 'one addition per such free, which throws',
    fields: ['badClasses'],
  },
  HAKMEM_HDR_META_FAST_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'answers of the free route given without the slow look into bitmaps and caches',
    path: 'hot',
    cost: 'one addition to a plain cell per free',
    fields: ['routes'],
  },
  HAKMEM_REMOTE_TARGET_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'remote target queue: pushes, drains, lengths',
    path: 'warm',
    cost: 'one addition per push, two per drain, one per slab drained',
    fields: ['remoteTargets'],
  },
  HAKMEM_SPILL_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'spill queue: takes, puts, refusals',
    path: 'warm',
    cost: 'two additions per look at a spill queue',
    fields: ['spill'],
  },
  HAKMEM_SUPERSLAB_OS_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'SuperSlabs that came into use and went out of it, growths of the buffer, their time',
    path: 'cold',
    cost: 'one addition per SuperSlab, two readings of the clock per growth',
    fields: ['superSlabs'],
  },
  HAKMEM_SHARED_POOL_DIAG_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'slabs acquired from and released to the shared pool, orphaned, adopted; per class',
    path: 'cold',
    cost: 'one addition per slab that changes hands',
    fields: ['sharedPool'],
  },
  HAKMEM_POOL_HOTBOX_STATS_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'L2.5 pool and BigCache: hits, misses, splits, bytes kept',
    path: 'warm',
    cost: 'one or two additions per malloc and free above 32 KiB',
    fields: ['pool', 'bigCache'],
  },
  HAKMEM_REFILL_STAGE_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'which stage of the slow path served each refill',
    path: 'warm',
    cost: 'one addition and a few stores to one plain cell per refill',
    fields: ['refillStages'],
  },
  HAKMEM_FREE_PIPELINE_COMPILED: {
    default: 0,
    debug: 1,
    layout: true,
    observes: 'where each freed block went: cache, spill, ss_local, ss_remote',
    path: 'hot',
    cost: 'one addition to a plain cell per free, one per batch that leaves a cache',
    fields: ['freedTo'],
  },
  HAKMEM_DEBUG_TIMING: {
    default: 0,
    debug: 0,
    observes: 'time per named part of malloc and free: calls, mean, share of the whole',
    path: 'hot',
    cost: 'two readings of the clock per call and per part',
    layout: true,
    fields: ['timing'],
  },
  HAKMEM_BUILD_RELEASE: {
    default: 1,
    debug: 0,
    observes: '0: every slow path checks its invariants as it goes',
    path: 'warm',
    cost: 'nothing when 1; when 0, slow paths walk what they change',
    layout: false,
    fields: [],
  },
  HAKMEM_BUILD_HARDENED: {
    default: 0,
    debug: 1,
    observes: 'canaries, a quarantine, call sites and leak reports (src/hardened/)',
    path: 'hot',
    cost: 'a trailer of 32 bytes per block; a stack trace and fills per malloc and per free',
    layout: true,
    fields: [],
  },
  HAKMEM_CONST_CONFIG: {
    default: 0,
    debug: 0,
    observes:
      '1: the settings are constants of the build, and what they rule out leaves the bundle',
    path: 'warm',
    cost: 'nothing; heap options and environment variables no longer change the settings',
    layout: false,
    fields: [],
  },
} as const satisfies Readonly<Record<string, FlagInfo>>;

export type FlagName = keyof typeof FLAG_TABLE;

/** Places that several flags observe: `FLAGS.GROUP` is true when one of them is on. */
export const FLAG_GROUPS = {
  ON_FAST_FREE: [
    'HAKMEM_TINY_FREE_STATS_COMPILED',
    'HAKMEM_C7_FREE_COUNT_COMPILED',
    'HAKMEM_FREE_PIPELINE_COMPILED',
    'HAKMEM_HDR_META_FAST_COMPILED',
    'HAKMEM_HDR_META_MISMATCH_COMPILED',
  ],
  ON_SLOW_FREE: [
    'HAKMEM_TINY_FREE_STATS_COMPILED',
    'HAKMEM_C7_FREE_COUNT_COMPILED',
    'HAKMEM_FREE_PIPELINE_COMPILED',
  ],
  ON_REFILL: [
    'HAKMEM_TINY_CLASS_STATS_COMPILED',
    'HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED',
    'HAKMEM_POOL_HOTBOX_STATS_COMPILED',
    'HAKMEM_REFILL_STAGE_COMPILED',
  ],
} as const satisfies Readonly<Record<string, readonly FlagName[]>>;

/**
 * Pairs of values that contradict each other, with the reason: the build refuses them.
 */
export const IMPOSSIBLE_FLAGS: readonly {
  readonly flags: Readonly<Partial<Record<FlagName, 0 | 1>>>;
  readonly because: string;
}[] = [
  {
    flags: { HAKMEM_DEBUG_TIMING: 1, HAKMEM_BUILD_RELEASE: 0 },
    because: 'the table of times would show the invariant checks instead of the allocator',
  },
  {
    flags: { HAKMEM_DEBUG_TIMING: 1, HAKMEM_BUILD_HARDENED: 1 },
    because: 'the table of times would show the call sites being recorded',
  },
  {
    flags: { HAKMEM_DEBUG_TIMING: 1, HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED: 1 },
    because: 'each clock would time the other',
  },
];

/** @internal */
declare global {
  /** Each flag of this build; `define` replaces `FLAGS.NAME`, and there is no such object. */
  const FLAGS: Readonly<
    Record<FlagName | keyof typeof FLAG_GROUPS, boolean> & {
      LAYOUT_BITS: number;
      /** With HAKMEM_CONST_CONFIG: the settings, in the order of base/config.ts. */
      CONST_SETTINGS: readonly number[];
      /** With HAKMEM_CONST_CONFIG: whether they turn the BigCache or all spill queues off. */
      NO_BIGCACHE: boolean;
      NO_SPILL: boolean;
    }
  >;
}
