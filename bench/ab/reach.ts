/**
 * Whether a workload reaches what a flag observes: the build with the flag counts it, once what
 * happens only at the start is over.
 */
import { type FlagName } from '../../src/base/flags.js';
import { type HeapStats, type ThreadStats } from '../../src/index.js';

type Telemetry = HeapStats['telemetry'];
/** A group of the telemetry as a build counts it that has the flag. */
type Group<K extends keyof Telemetry> = Exclude<Telemetry[K], 'not compiled'>;

interface Counter {
  /** What is counted, in the plural. */
  readonly counted: string;
  /** How often that happened; 0 too where the build does not count it. */
  readonly events: (stats: HeapStats) => number;
}

function counter<K extends keyof Telemetry>(
  counted: string,
  key: K,
  events: (group: Group<K>) => number,
): Counter {
  return {
    counted,
    events: ({ telemetry }) => {
      const group = telemetry[key];
      return group === 'not compiled' ? 0 : events(group as Group<K>);
    },
  };
}

/** What stands in the statistics of every build. */
function always(counted: string, figure: (thread: ThreadStats) => number): Counter {
  return { counted, events: ({ threads }) => sum(threads.map(figure)) };
}

const COUNTERS: Readonly<Record<FlagName, Counter>> = {
  HAKMEM_TINY_CLASS_STATS_COMPILED: counter('cache hits and misses', 'classCache', (classes) =>
    sum(classes.map(({ hits, misses }) => hits + misses)),
  ),
  HAKMEM_TINY_FREE_STATS_COMPILED: counter('Tiny frees', 'tinyFrees', (t) => t.fast + t.slow),
  HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED: counter('misses', 'cacheMeasure', (t) => t.misses),
  HAKMEM_C7_FREE_COUNT_COMPILED: counter('frees', 'largestTinyFrees', (frees) => frees),
  HAKMEM_HDR_MISMATCH_LOG_COMPILED: counter(
    'looks at marked blocks',
    'markMismatches',
    ({ agree, differ }) => agree + differ,
  ),
  HAKMEM_HDR_META_MISMATCH_COMPILED: counter('comparisons', 'metaMismatches', (t) => t.checked),
  HAKMEM_METRIC_BAD_CLASS_COMPILED: counter(
    'addresses without a class',
    'badClasses',
    ({ none, outOfRange }) => none + outOfRange,
  ),
  HAKMEM_HDR_META_FAST_COMPILED: counter('fast answers', 'routes', ({ fast }) => fast),
  HAKMEM_REMOTE_TARGET_STATS_COMPILED: counter(
    'pushes and slabs drained',
    'remoteTargets',
    ({ pushes, slabs }) => pushes + slabs,
  ),
  HAKMEM_SPILL_STATS_COMPILED: counter(
    'looks at a spill queue',
    'spill',
    ({ puts, refusals, takes, empty }) => puts + refusals + takes + empty,
  ),
  HAKMEM_SUPERSLAB_OS_STATS_COMPILED: counter(
    'SuperSlabs and growths',
    'superSlabs',
    ({ acquired, released, growths }) => acquired + released + growths,
  ),
  HAKMEM_SHARED_POOL_DIAG_COMPILED: counter('slabs that changed hands', 'sharedPool', (classes) =>
    sum(classes.map((one) => one.acquired + one.released + one.orphaned + one.adopted)),
  ),
  HAKMEM_POOL_HOTBOX_STATS_COMPILED: {
    counted: 'mallocs of the L2.5 pool, takes and puts of the BigCache',
    events: ({ telemetry: { pool, bigCache } }) =>
      pool === 'not compiled' || bigCache === 'not compiled'
        ? 0
        : sum([pool.hits, pool.misses, bigCache.hits, bigCache.misses, bigCache.kept]),
  },
  HAKMEM_REFILL_STAGE_COMPILED: counter('refills', 'refillStages', (stages) =>
    sum(Object.values(stages)),
  ),
  HAKMEM_FREE_PIPELINE_COMPILED: counter('blocks that went somewhere', 'freedTo', (places) =>
    sum(Object.values(places)),
  ),
  HAKMEM_DEBUG_TIMING: counter('timed parts', 'timing', ({ parts }) =>
    sum(parts.map(({ calls }) => calls)),
  ),
  // These count nothing of their own: their code runs on paths that every build counts.
  HAKMEM_BUILD_RELEASE: always('refills and spills', ({ refills, spills }) => refills + spills),
  HAKMEM_CONST_CONFIG: always('refills and spills', ({ refills, spills }) => refills + spills),
  HAKMEM_BUILD_HARDENED: always('mallocs', ({ mallocs }) => mallocs),
};

export interface Counted {
  readonly counted: string;
  readonly events: number;
}

/** What the flag's build counted between two moments. */
export function countEvents(flag: FlagName, before: HeapStats, after: HeapStats): Counted {
  const { counted, events } = COUNTERS[flag];
  return { counted, events: events(after) - events(before) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
