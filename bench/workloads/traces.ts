/** Recorded traces of real programs. */
import { bundledTraces } from '../lib/trace-files.js';
import { GIB, type Target, team, type Workload } from './workload.js';

/** Passes that make some million events, since the traces differ much in length. */
const PASSES: Readonly<Record<string, number>> = { imagemagick: 20, sqlite: 20 };

export const REPLAY_GROUP =
  'replay: recorded traces on one thread, first byte of each block touched';

export const FOOTPRINT_GROUP =
  'footprint: peak slab bytes (peers: peak resident growth, all touched) per peak live byte';

/** Targets of the geometric mean over all traces, by group. */
export const MEAN_TARGETS: ReadonlyMap<string, readonly Target[]> = new Map([
  [REPLAY_GROUP, [{ against: 'glibc', atLeast: 1 }]],
  [FOOTPRINT_GROUP, [{ atMost: 1.3 }]],
]);

export function replays(): Workload[] {
  return bundledTraces().map((trace): Workload => {
    const passes = PASSES[trace] ?? 4;
    // V8 needs some ten million events until it has compiled the loop for good.
    const warmup = 5 * passes;
    return {
      name: `replay/${trace}`,
      group: REPLAY_GROUP,
      unit: 'M events/s',
      threads: 1,
      parameters: { warmup, passes },
      child: { workload: 'replay', parameters: { trace, warmup, passes } },
      twin: { program: 'replay', args: [{ trace }, warmup, passes] },
      script: ['wasm-dlmalloc', 'wasm-tlsf', 'Buffer.allocUnsafe', 'Uint8Array'],
      floor: true,
      targets: [{ against: 'glibc', atLeast: 0.7 }],
    };
  });
}

export function parallelReplays(threads: number): Workload[] {
  return [
    team({
      name: 'replay-parallel/node-threads',
      group:
        'replay-parallel: the ten recorded threads of node-threads dealt out to the threads at hand',
      program: 'replay-parallel',
      parameters: { trace: { trace: 'node-threads' } },
      unit: 'M events/s',
      ...{ threads, warmup: 50, turns: 15, bytes: GIB },
    }),
  ];
}

const BOUNDED = ['python', 'node-threads'];

export function footprints(): Workload[] {
  return bundledTraces().map((trace): Workload => ({
    name: `footprint/${trace}`,
    group: FOOTPRINT_GROUP,
    unit: 'bytes per live byte',
    threads: 1,
    parameters: {},
    child: { workload: 'footprint', parameters: { trace } },
    twin: { program: 'replay', args: [{ trace }, 'footprint'] },
    steady: true,
    ...(BOUNDED.includes(trace) ? { targets: [{ atMost: 1.35 }] } : {}),
  }));
}
