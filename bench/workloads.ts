/** What `npm run bench` measures, with the same parameters for JavaScript and C. */
import { bundledTraces } from './lib/trace-files.js';

/** The C twin's program and its arguments; a trace stands for the unpacked file of that name. */
export interface Twin {
  readonly program: 'random-mixed' | 'xmalloc' | 'replay';
  readonly args: readonly (string | number | { readonly trace: string })[];
}

export interface Target {
  /** Of hakmem's figure divided by this peer's, or of the figure itself where there is no peer. */
  readonly against: string | undefined;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One figure, measured for hakmem in a child process and, where there is a twin, for peers. */
export interface Workload {
  readonly name: string;
  /** Names a table; workloads of one group have one unit. */
  readonly group: string;
  readonly unit: 'M operations/s' | 'M events/s' | 'bytes per live byte' | 'bytes' | 'ms' | 'ns';
  readonly child: { readonly workload: string; readonly parameters: object };
  readonly twin?: Twin;
  /** The figure comes out the same each time, so one round is enough. */
  readonly steady?: true;
  readonly target?: Target;
}

const KIB = 1024;
const MAIN_PEER = 'glibc';

const randomMixed = (
  [
    ['16-128', 16, 128, undefined],
    ['16-1024', 16, 1024, 0.9],
    ['1-8K', KIB, 8 * KIB, 3],
    ['8-32K', 8 * KIB, 32 * KIB, undefined],
  ] as const
).map(([range, lo, hi, atLeast]): Workload => {
  const [warmup, turns] = [10_000_000, 20_000_000];
  return {
    name: `random-mixed/${range}`,
    group: 'random-mixed: one thread, 256 slots, each filled or freed at random',
    unit: 'M operations/s',
    child: { workload: 'random-mixed', parameters: { lo, hi, warmup, turns } },
    twin: { program: 'random-mixed', args: [lo, hi, warmup, turns] },
    ...(atLeast === undefined ? {} : { target: { against: MAIN_PEER, atLeast } }),
  };
});

const xmalloc = (
  [
    ['16-1024', 16, 1024],
    ['16-128', 16, 128],
    ['1-8K', KIB, 8 * KIB],
  ] as const
).map(([range, lo, hi]): Workload => {
  const [warmup, batches] = [1000, 6000];
  return {
    name: `xmalloc/${range}`,
    group: 'xmalloc: two threads, each frees what the other allocated; per thread',
    unit: 'M operations/s',
    child: { workload: 'xmalloc', parameters: { lo, hi, warmup, batches } },
    twin: { program: 'xmalloc', args: [lo, hi, warmup, batches] },
    target: { against: MAIN_PEER, atLeast: 3 },
  };
});

/** Passes that make some million events, since the traces differ much in length. */
const PASSES: Readonly<Record<string, number>> = { imagemagick: 20, sqlite: 20 };

export const REPLAY_GROUP =
  'replay: recorded traces on one thread, first byte of each block touched';

const replays = bundledTraces().map((trace): Workload => {
  const [warmup, passes] = [3, PASSES[trace] ?? 4];
  return {
    name: `replay/${trace}`,
    group: REPLAY_GROUP,
    unit: 'M events/s',
    child: { workload: 'replay', parameters: { trace, warmup, passes } },
    twin: { program: 'replay', args: [{ trace }, warmup, passes] },
  };
});

/** The target of the geometric mean over all traces, which the report computes. */
export const REPLAY_TARGET: Target = { against: MAIN_PEER, atLeast: 0.6 };

/** Figure of the workload `attach/time` that has a target, unlike those that it is made of. */
export const ATTACH_SHARE = 'first attach ÷ worker start';

const BOUNDED = ['python', 'node-threads'];

const footprints = bundledTraces().map((trace): Workload => ({
  name: `footprint/${trace}`,
  group: 'footprint: peak slab bytes (peers: peak resident growth, all touched) per peak live byte',
  unit: 'bytes per live byte',
  child: { workload: 'footprint', parameters: { trace } },
  twin: { program: 'replay', args: [{ trace }, 'footprint'] },
  steady: true,
  ...(BOUNDED.includes(trace) ? { target: { against: undefined, atMost: 1.35 } } : {}),
}));

const threads: readonly Workload[] = [
  {
    name: 'attach/time',
    group: 'attach: the first attach of a worker, beside the time until its code runs',
    unit: 'ms',
    child: { workload: 'attach-time', parameters: { threads: 20 } },
    target: { against: undefined, atMost: 1 / 50 },
  },
  {
    name: 'memory/attach',
    group: 'resident memory: growth of the process',
    unit: 'bytes',
    child: { workload: 'attach-memory', parameters: { threads: 8 } },
    target: { against: undefined, atMost: 256 * KIB },
  },
  {
    name: 'memory/empty-1GiB-heap',
    group: 'resident memory: growth of the process',
    unit: 'bytes',
    child: { workload: 'empty-heap-memory', parameters: {} },
    target: { against: undefined, atMost: 4096 * KIB },
  },
  {
    name: 'calls',
    group: 'single calls, median',
    unit: 'ns',
    child: { workload: 'single-calls', parameters: { milliseconds: 200 } },
  },
];

export const WORKLOADS: readonly Workload[] = [
  ...randomMixed,
  ...xmalloc,
  ...replays,
  ...footprints,
  ...threads,
];

/** Workloads whose name is given or begins with a given word; all when none is given. */
export function chooseWorkloads(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return WORKLOADS;
  const wanted = (workload: Workload, name: string) =>
    workload.name === name || workload.name.startsWith(`${name}/`);
  for (const name of names) {
    if (!WORKLOADS.some((workload) => wanted(workload, name))) {
      const known = [...new Set(WORKLOADS.map((workload) => workload.name.split('/')[0]))];
      throw new RangeError(`no workload '${name}'; there are ${known.join(', ')} and their parts`);
    }
  }
  return WORKLOADS.filter((workload) => names.some((name) => wanted(workload, name)));
}
