/** What is compared: for each subject the two builds, and the workload that reaches its path. */
import { FLAG_TABLE, type FlagName } from '../../src/base/flags.js';
import { type Recipe } from './builds.js';
import { type WorkloadName } from './workloads/index.js';

export interface Subject {
  readonly name: string;
  /** One sentence of what the second build has and the first does not. */
  readonly about: string;
  readonly workload: WorkloadName;
  readonly off: Recipe;
  readonly on: Recipe;
  readonly flag?: FlagName;
}

/** The workload that reaches the path of each flag. */
export const FLAG_WORKLOADS: Readonly<Record<FlagName, WorkloadName>> = {
  HAKMEM_TINY_CLASS_STATS_COMPILED: 'random-mixed',
  HAKMEM_TINY_FREE_STATS_COMPILED: 'random-mixed',
  HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED: 'bursts',
  HAKMEM_C7_FREE_COUNT_COMPILED: 'largest-tiny',
  HAKMEM_HDR_MISMATCH_LOG_COMPILED: 'route',
  HAKMEM_HDR_META_MISMATCH_COMPILED: 'random-mixed',
  HAKMEM_METRIC_BAD_CLASS_COMPILED: 'bad-frees',
  HAKMEM_HDR_META_FAST_COMPILED: 'random-mixed',
  HAKMEM_REMOTE_TARGET_STATS_COMPILED: 'handover',
  HAKMEM_SPILL_STATS_COMPILED: 'bursts',
  HAKMEM_SUPERSLAB_OS_STATS_COMPILED: 'superslabs',
  HAKMEM_SHARED_POOL_DIAG_COMPILED: 'flushes',
  HAKMEM_POOL_HOTBOX_STATS_COMPILED: 'large',
  HAKMEM_REFILL_STAGE_COMPILED: 'bursts',
  HAKMEM_FREE_PIPELINE_COMPILED: 'random-mixed',
  HAKMEM_DEBUG_TIMING: 'random-mixed',
  HAKMEM_BUILD_RELEASE: 'bursts',
  HAKMEM_BUILD_HARDENED: 'random-mixed',
  HAKMEM_CONST_CONFIG: 'bursts',
};

export const FLAGS_BY_NAME = Object.keys(FLAG_TABLE) as FlagName[];

/** Those that observe and change nothing else; they can all be on at once, but for the clocks. */
export const COUNTERS = FLAGS_BY_NAME.filter(
  (name) => name.endsWith('_COMPILED') && FLAG_TABLE[name].default === 0,
);

export function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAG_TABLE, name);
}

/** A flag at the value that the published build does not have. */
export function turned(name: FlagName): string {
  return `${name}=${1 - FLAG_TABLE[name].default}`;
}

export function flagSubject(flag: FlagName): Subject {
  return {
    name: flag,
    about: FLAG_TABLE[flag].observes,
    workload: FLAG_WORKLOADS[flag],
    off: {},
    on: { flags: [turned(flag)] },
    flag,
  };
}

const counters = { flags: COUNTERS.map(turned) };

/** What is compared besides single flags. */
export const OTHER_SUBJECTS: readonly Subject[] = [
  {
    name: 'all-counters-fast-path',
    about: 'every counter at once, on the fast paths',
    workload: 'random-mixed',
    off: {},
    on: counters,
  },
  {
    name: 'all-counters-slow-path',
    about: 'every counter at once, on the slow paths',
    workload: 'bursts',
    off: {},
    on: counters,
  },
  {
    name: 'equal-builds',
    about: 'nothing: both builds are the published one, so the harness must find nothing',
    workload: 'random-mixed',
    off: {},
    on: {},
  },
  {
    name: 'planted-atomic',
    about: 'one Atomics.add per malloc, planted at build time: the harness must find it',
    workload: 'random-mixed',
    off: {},
    on: { plant: 'atomic' },
  },
  {
    name: 'planted-cell',
    about: "one addition to a plain shared cell of the thread's own per malloc, planted likewise",
    workload: 'random-mixed',
    off: {},
    on: { plant: 'plain' },
  },
];

/** Everything that `--all` measures. */
export const ALL_SUBJECTS: readonly Subject[] = [
  ...FLAGS_BY_NAME.map(flagSubject),
  ...OTHER_SUBJECTS,
];

/** A flag or another subject. @throws RangeError that names those there are */
export function subjectOf(name: string): Subject {
  const found = ALL_SUBJECTS.find((subject) => subject.name === name);
  if (found !== undefined) return found;
  const names = ALL_SUBJECTS.map((subject) => subject.name).join(', ');
  throw new RangeError(`no flag or subject '${name}'; there are ${names}`);
}

/** The library as it stands, against another revision of it. */
export function revisionSubject(revision: string, commit: string, workload: WorkloadName): Subject {
  return {
    name: `against-${revision}`,
    about: `the library at ${revision} instead of as it stands`,
    workload,
    off: {},
    on: { revision: commit },
  };
}
