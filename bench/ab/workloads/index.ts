/** The workloads of the A/B runs by name: which paths each one reaches, and how it starts. */
import { badFrees } from './bad-frees.js';
import { bursts } from './bursts.js';
import { handover } from './handover.js';
import { large } from './large.js';
import { randomMixed } from './random-mixed.js';
import { route } from './route.js';
import { superslabs } from './superslabs.js';
import { type Workload } from './workload.js';

export interface Entry {
  readonly about: string;
  start(): Workload;
}

export const WORKLOADS = {
  'random-mixed': {
    about: 'one thread, 256 slots filled or freed at random, 16 to 1024 bytes: the fast paths',
    start: () => randomMixed(16, 1024),
  },
  'mid-gap': {
    about: 'the same with 1 to 8 KiB: fast paths and refills of the Mid tier',
    start: () => randomMixed(1024, 8192),
  },
  'largest-tiny': {
    about: 'the same with 897 to 1024 bytes, the largest Tiny class alone',
    start: () => randomMixed(897, 1024),
  },
  bursts: {
    about: '2000 blocks of 16 to 1024 bytes allocated, then all freed: refills, spills, slabs',
    start: () => bursts({ flush: false }),
  },
  flushes: {
    about:
      'the same, and each time a flush: slabs go back to the shared pool and are acquired again',
    start: () => bursts({ flush: true }),
  },
  handover: {
    about: '4000 blocks allocated by one thread and freed by another: remote frees and targets',
    start: handover,
  },
  large: {
    about: '16 slots of 33 KiB to 2 MiB: the L2.5 pool and the BigCache',
    start: large,
  },
  superslabs: {
    about: 'runs of whole SuperSlabs taken from the shared pool and given back',
    start: superslabs,
  },
  route: {
    about: 'owns, usableSize and realloc in place, and blocks that carry the free mark by chance',
    start: route,
  },
  'bad-frees': {
    about: 'frees that are refused: inside a block, of free blocks, outside of the heap',
    start: badFrees,
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type WorkloadName = keyof typeof WORKLOADS;

export function isWorkload(name: string): name is WorkloadName {
  return Object.hasOwn(WORKLOADS, name);
}
