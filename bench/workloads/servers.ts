/** The workloads of mimalloc-bench that several threads do together; each C program names its source. */
import { atLeast, GIB, KIB, MIB, team, type Workload } from './workload.js';

export function larson(threads: number): Workload[] {
  return [
    team({
      name: 'larson/8-1000',
      group:
        'larson: 5000 blocks a thread, random ones replaced; all go on to the next thread now and then',
      program: 'larson',
      parameters: { lo: 8, hi: 1000, chunks: 5000, generation: 500_000 },
      ...{ threads, warmup: 10_000_000, turns: 8_000_000, bytes: 128 * MIB * threads },
      script: 'all',
      ...together(threads),
    }),
  ];
}

export function mstress(threads: number): Workload[] {
  return [
    team({
      name: 'mstress/50',
      group:
        'mstress: blocks of all sizes kept, freed or swapped between threads, every item checked',
      program: 'mstress',
      parameters: { scale: 50 },
      ...{ threads, warmup: 200, turns: 150, bytes: GIB },
      script: 'all',
      ...together(threads),
    }),
  ];
}

export function rptest(threads: number): Workload[] {
  return [
    team({
      name: 'rptest/8-16000',
      group:
        'rptest: 1000 blocks a thread replaced in bursts, and lists of blocks for other threads',
      program: 'rptest',
      parameters: { lo: 8, hi: 16_000, blocks: 1000, operations: 100, cross: 2 },
      ...{ threads, warmup: 30_000, turns: 30_000, bytes: GIB },
      script: 'all',
      ...together(threads),
    }),
  ];
}

function together(threads: number): Pick<Workload, 'targets'> {
  return threads === 1 ? {} : { targets: atLeast({ glibc: 1 }) };
}

/**
 * With the batches of warm-up and of measurement. V8 compiles what happens once in hundreds of frees only
 * after tens of millions; of blocks over 1 KiB the native allocators do a tenth as many in a second.
 */
const XMALLOC_RANGES = [
  ['16-1024', 16, 1024, 26_000, 12_000],
  ['16-128', 16, 128, 26_000, 12_000],
  ['1-8K', KIB, 8 * KIB, 8000, 4000],
] as const;

/** Blocks on their way from one thread to another; docs/bench/README.md tells how they were chosen. */
const BATCH = 1024;
const DEPTH = 4;

export function xmalloc(threads: number): Workload[] {
  if (threads === 1) return [];
  return XMALLOC_RANGES.map(([range, lo, hi, warmup, turns]) =>
    team({
      name: `xmalloc/${range}`,
      group:
        `xmalloc: each thread frees what another allocated, in batches of ${BATCH}, ` +
        `at most ${DEPTH} on their way; per thread`,
      program: 'xmalloc',
      parameters: { lo, hi, batch: BATCH, depth: DEPTH },
      ...{ threads, warmup, turns, bytes: 256 * MIB * threads },
      script: 'all',
      perThread: true,
      targets: atLeast({ mimalloc: 1.3 }),
    }),
  );
}

export function cache(threads: number): Workload[] {
  return (['thrash', 'scratch'] as const).map((kind) =>
    team({
      name: `cache/${kind}`,
      group:
        'cache: 1-byte blocks, each written 1000 times; scratch first frees blocks that lay side by side',
      program: 'cache',
      parameters: { size: 1, writes: 1000, scratch: kind === 'scratch' ? 1 : 0 },
      ...{ threads, warmup: 100_000, turns: 200_000, bytes: 16 * MIB * threads },
      script: 'all',
    }),
  );
}

export function glibcThread(threads: number): Workload[] {
  return [
    team({
      name: 'glibc-thread/4-32K',
      group: 'glibc-thread: working set of 1024 a thread, large sizes are rare, every byte written',
      program: 'glibc-thread',
      parameters: {},
      ...{ threads, warmup: 4_000_000, turns: 4_000_000, bytes: 64 * MIB * threads },
      script: 'all',
    }),
  ];
}
