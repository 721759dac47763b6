/** One figure, measured for hakmem in a child process and, where they can do the work, for peers. */
import type { Run } from '../child/team.js';

export type Unit =
  'M operations/s' | 'M events/s' | 'lives/s' | 'bytes per live byte' | 'bytes' | 'ms' | 'ns';

/** The C twin's program and its arguments; a trace stands for the unpacked file of that name. */
export interface Twin {
  readonly program: string;
  readonly args: readonly (string | number | { readonly trace: string })[];
}

export interface Target {
  /** Of hakmem's figure divided by this peer's, or of the figure itself where there is no peer. */
  readonly against?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Workload {
  /** `family/part@threads`; one thread goes without saying. */
  readonly name: string;
  /** Names a table; workloads of one group have one unit. */
  readonly group: string;
  readonly unit: Unit;
  readonly threads: number;
  /** What was chosen, for whoever reads the figures. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly child: { readonly workload: string; readonly parameters: object };
  readonly twin?: Twin;
  /** The allocators in JavaScript that can do it too; none when absent. */
  readonly script?: 'all' | readonly string[];
  /** It never reads what an earlier turn wrote, so its loop runs without an allocator, too. */
  readonly floor?: true;
  /** The figure comes out the same each time, so one round is enough. */
  readonly steady?: true;
  readonly targets?: readonly Target[];
  /** The figure is that of one of the threads, not of all together. */
  readonly perThread?: true;
}

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export const SELF = 'hakmem';

export interface TeamWorkload extends Omit<Run, 'allocator' | 'parameters'> {
  readonly name: string;
  readonly group: string;
  readonly parameters: Readonly<Record<string, number | { readonly trace: string }>>;
  readonly unit?: Unit;
  readonly script?: 'all' | readonly string[];
  readonly floor?: true;
  readonly targets?: readonly Target[];
  readonly perThread?: true;
}

/** A workload whose program runs in JavaScript and in C with the same parameters in their order. */
export function team(workload: TeamWorkload): Workload {
  const { name, group, program, parameters, threads, warmup, turns, bytes, prewarm } = workload;
  const { script, floor, targets, perThread, unit = 'M operations/s' } = workload;
  const plain = Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key,
      typeof value === 'object' ? value.trace : value,
    ]),
  );
  const run: Omit<Run, 'allocator'> = {
    ...{ program, threads, warmup, turns, bytes, parameters: plain },
    ...(prewarm === undefined ? {} : { prewarm }),
  };
  return {
    name: threads === 1 ? name : `${name}@${threads}`,
    group,
    unit,
    threads,
    parameters: { ...plain, warmup, turns },
    child: { workload: 'team', parameters: run },
    twin: { program, args: [threads, warmup, turns, ...Object.values(parameters)] },
    ...(script === undefined ? {} : { script }),
    ...(floor === undefined ? {} : { floor }),
    ...(targets === undefined ? {} : { targets }),
    ...(perThread === undefined ? {} : { perThread }),
  };
}

/** Targets by peer: hakmem at least this much of its figure. */
export function atLeast(bounds: Readonly<Record<string, number>>): Target[] {
  return Object.entries(bounds).map(([against, bound]) => ({ against, atLeast: bound }));
}
