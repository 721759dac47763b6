/** The workloads of the mixed runner and how long each runs, by profile. */
import { type Run } from '../child/team.js';
import { KIB, MIB } from '../workloads/workload.js';

export const PROFILES = ['short', 'default', 'long'] as const;
export type Profile = (typeof PROFILES)[number];

interface MixedWorkload {
  readonly program: string;
  readonly parameters: object;
  readonly threads: number;
  /** Room of the heap from the start. */
  readonly bytes: number;
  /** Turns of a thread that are not measured. */
  readonly warmup: number;
  /** Turns of a thread that are: about 0.1 s, 1 s and 10 s. */
  readonly turns: Readonly<Record<Profile, number>>;
}

const MILLION = 1e6;

const oneThread = {
  program: 'random-mixed',
  threads: 1,
  bytes: 64 * MIB,
  warmup: 4 * MILLION,
  turns: { short: 10 * MILLION, default: 100 * MILLION, long: 1000 * MILLION },
};

export const MIXED_WORKLOADS: Readonly<Record<string, MixedWorkload>> = {
  'random-mixed': { ...oneThread, parameters: { lo: 16, hi: 1024 } },
  'mid-gap': { ...oneThread, parameters: { lo: KIB, hi: 8 * KIB } },
  larson: {
    program: 'larson',
    parameters: { lo: 8, hi: 1000, chunks: 5000, generation: 500_000 },
    threads: 2,
    bytes: 256 * MIB,
    warmup: 2 * MILLION,
    turns: { short: 2 * MILLION, default: 20 * MILLION, long: 200 * MILLION },
  },
};

/** What the measured process is asked to do. */
export function runOf(workload: string, profile: Profile): Run {
  const { turns, ...rest } = MIXED_WORKLOADS[workload];
  return { ...rest, turns: turns[profile], allocator: { name: 'hakmem' } };
}
