/**
 * What diagnostic builds count, as `heap.stats().telemetry` gives it: sums over all threads since
 * the last reset. Figures of other threads may be a moment old, and of one call in part.
 */

/** Stands where the flag that counts this is 0 in the present build. */
export type NotCompiled = 'not compiled';

export interface ClassCacheTelemetry {
  readonly sizeClass: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Blocks handed out from the cache as it was, and requests that found it empty. */
  readonly hits: number;
  readonly misses: number;
}

export interface MeasuredClass extends ClassCacheTelemetry {
  /** Nanoseconds that refills took. */
  readonly nanoseconds: number;
}

export interface CacheMeasure {
  readonly hits: number;
  readonly misses: number;
  /** Refills that brought blocks. */
  readonly refills: number;
  readonly nanoseconds: number;
  /** Classes that were asked for. */
  readonly classes: readonly MeasuredClass[];
}

export interface PoolClass {
  readonly sizeClass: number;
  readonly bytes: number;
  readonly acquired: number;
  readonly released: number;
  readonly orphaned: number;
  readonly adopted: number;
}

export interface TimedPart {
  readonly part: string;
  readonly calls: number;
  /** Time in the part itself, without the parts that it called. */
  readonly nanoseconds: number;
  readonly meanNanoseconds: number;
  /** Of the time of all parts, 0 to 1. */
  readonly share: number;
}

/** Each field under one build flag, which its comment names; see docs/flags.md. */
export interface Telemetry {
  /** HAKMEM_TINY_CLASS_STATS_COMPILED: classes that were asked for, of every tier. */
  readonly classCache: readonly ClassCacheTelemetry[] | NotCompiled;
  /** HAKMEM_TINY_FREE_STATS_COMPILED: frees of Tiny blocks by the path that did them. */
  readonly tinyFrees: { readonly fast: number; readonly slow: number } | NotCompiled;
  /** HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED */
  readonly cacheMeasure: CacheMeasure | NotCompiled;
  /** HAKMEM_C7_FREE_COUNT_COMPILED: frees of blocks of 1 KiB. */
  readonly largestTinyFrees: number | NotCompiled;
  /**
   * HAKMEM_HDR_MISMATCH_LOG_COMPILED: looks at blocks whose first word is the mark of a free one.
   * `differ`: the block was in use and held that word by chance; `recent`: the last such addresses
   * of each thread, eight at most.
   */
  readonly markMismatches:
    | { readonly agree: number; readonly differ: number; readonly recent: readonly number[] }
    | NotCompiled;
  /** HAKMEM_HDR_META_MISMATCH_COMPILED: page map against descriptor; any difference is damage. */
  readonly metaMismatches: { readonly checked: number; readonly differ: number } | NotCompiled;
  /** HAKMEM_METRIC_BAD_CLASS_COMPILED: routes to a slab without a class, or one that is none. */
  readonly badClasses: { readonly none: number; readonly outOfRange: number } | NotCompiled;
  /** HAKMEM_HDR_META_FAST_COMPILED: routes to blocks answered without the exact look, and with. */
  readonly routes: { readonly fast: number; readonly looked: number } | NotCompiled;
  /**
   * HAKMEM_REMOTE_TARGET_STATS_COMPILED. `lengths`: drains that met 0, 1, 2 to 3, 4 to 7, … slabs;
   * `stale`: slabs that had gone into other hands.
   */
  readonly remoteTargets:
    | {
        readonly pushes: number;
        readonly drains: number;
        readonly slabs: number;
        readonly stale: number;
        readonly lengths: readonly number[];
      }
    | NotCompiled;
  /** HAKMEM_SPILL_STATS_COMPILED: magazines, with their blocks; `empty`: looks that found none. */
  readonly spill:
    | {
        readonly puts: number;
        readonly putBlocks: number;
        readonly refusals: number;
        readonly takes: number;
        readonly takenBlocks: number;
        readonly empty: number;
      }
    | NotCompiled;
  /** HAKMEM_SUPERSLAB_OS_STATS_COMPILED */
  readonly superSlabs:
    | {
        readonly acquired: number;
        readonly released: number;
        readonly growths: number;
        readonly grownBytes: number;
        /** Growths that the maximum or the platform refused, or that another thread did first. */
        readonly growthsRefused: number;
        readonly growthNanoseconds: number;
      }
    | NotCompiled;
  /** HAKMEM_SHARED_POOL_DIAG_COMPILED: classes whose slabs changed hands. */
  readonly sharedPool: readonly PoolClass[] | NotCompiled;
  /** HAKMEM_POOL_HOTBOX_STATS_COMPILED: pooled Large classes; `splits`: runs cut into blocks. */
  readonly pool:
    | {
        readonly hits: number;
        readonly misses: number;
        readonly splits: number;
        /** Bytes that wait in caches and spill queues at this moment. */
        readonly keptBytes: number;
      }
    | NotCompiled;
  /**
   * The same flag, with the run caches of the threads in front of it. `splits`: runs shortened in
   * place; `kept`: freed runs, and once more those that went on from a run cache; `refused`: by the
   * BigCache.
   */
  readonly bigCache:
    | {
        readonly hits: number;
        readonly misses: number;
        readonly splits: number;
        readonly kept: number;
        readonly refused: number;
        /** Bytes ever put in, and bytes in it at this moment. */
        readonly putBytes: number;
        readonly keptBytes: number;
      }
    | NotCompiled;
  /** HAKMEM_REFILL_STAGE_COMPILED: refills by the last stage that they needed. */
  readonly refillStages:
    | {
        readonly spill: number;
        readonly own: number;
        readonly orphan: number;
        readonly pool: number;
        readonly growth: number;
        readonly collect: number;
        readonly failed: number;
      }
    | NotCompiled;
  /** HAKMEM_FREE_PIPELINE_COMPILED: blocks; those that leave the cache count there and again. */
  readonly freedTo:
    | {
        readonly cache: number;
        readonly spill: number;
        readonly ssLocal: number;
        readonly ssRemote: number;
        /** Runs, to the thread's run cache, the BigCache or the shared pool. */
        readonly run: number;
      }
    | NotCompiled;
  /** HAKMEM_DEBUG_TIMING: the parts that ran, and the same as a table of text. */
  readonly timing: { readonly parts: readonly TimedPart[]; readonly table: string } | NotCompiled;
}
