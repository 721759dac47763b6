/** Blocks of several ranges on threads that keep to themselves. */
import { atLeast, GIB, KIB, MIB, team, type Workload } from './workload.js';

const RANGES = [
  ['16-128', 16, 128, { glibc: 1, mimalloc: 0.95 }],
  ['16-1024', 16, 1024, { glibc: 1, mimalloc: 0.95 }],
  ['1-8K', KIB, 8 * KIB, { glibc: 3.5, mimalloc: 1.5 }],
  ['8-32K', 8 * KIB, 32 * KIB, { glibc: 1, mimalloc: 1 }],
] as const;

export function randomMixed(threads: number): Workload[] {
  return RANGES.map(([range, lo, hi, targets]) =>
    team({
      name: `random-mixed/${range}`,
      group: 'random-mixed: 256 slots a thread, each filled or freed at random',
      program: 'random-mixed',
      parameters: { lo, hi },
      ...{ threads, warmup: 60_000_000, turns: 60_000_000, bytes: 64 * MIB * threads },
      script: 'all',
      floor: true,
      ...(threads === 1 ? { targets: atLeast(targets) } : {}),
    }),
  );
}

/** From the first operation on, with everything still to be compiled and every slab to be claimed. */
export function cold(): Workload[] {
  return [16, 0].map((prewarm) =>
    team({
      name: `cold/16-1024-prewarm-${prewarm}`,
      group: 'cold: random-mixed, the first 100,000 operations of a process, after attaching',
      program: 'random-mixed',
      parameters: { lo: 16, hi: 1024 },
      ...{ threads: 1, warmup: 0, turns: 100_000, bytes: 64 * MIB, prewarm },
      script: 'all',
    }),
  );
}

const LARGE = [
  ['json', 64 * KIB, 10_000_000],
  ['mir', 256 * KIB, 10_000_000],
  ['vm', 2 * MIB, 8_000_000],
] as const;

export function large(threads: number): Workload[] {
  return LARGE.map(([name, size, turns]) =>
    team({
      name: `large/${name}`,
      group:
        'large: 16 blocks of one size a thread, a random one replaced; json 64 KiB, mir 256 KiB, vm 2 MiB',
      program: 'large',
      parameters: { lo: size, hi: size, buffers: 16, fill: 0 },
      ...{ threads, warmup: turns / 2, turns, bytes: GIB },
      script: 'all',
      floor: true,
      ...(threads === 1 ? { targets: atLeast({ glibc: 1, mimalloc: 1 }) } : {}),
    }),
  );
}

export function mallocLarge(): Workload[] {
  return [
    team({
      name: 'malloc-large/5-25M',
      group: 'malloc-large: 20 buffers of 5 to 25 MiB, a random one replaced and set to zero',
      program: 'large',
      parameters: { lo: 5 * MIB, hi: 25 * MIB, buffers: 20, fill: 1 },
      ...{ threads: 1, warmup: 60, turns: 200, bytes: GIB },
      script: 'all',
    }),
  ];
}
