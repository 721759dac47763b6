/** Soaks: rounds of work on heaps of every kind, with kills and faults, and what they come to. */
import { Heap, type HeapOptions } from '../../src/index.js';
import { collectGarbage } from '../support/garbage.js';
import { KiB, MiB } from '../support/units.js';
import { Random } from '../support/random.js';
import { Crew, type CrewFigures, type CrewOptions } from './crew.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly threads: number;
  readonly seed: number;
  /** The bundled `soak.worker.ts`. */
  readonly entry: URL;
  /** Called after each round with the sums so far. */
  readonly progress?: (sums: SoakFigures, round: string) => void;
}

export interface SoakFigures extends CrewFigures {
  rounds: number;
  heapsDropped: number;
}

/** One kind of round. */
interface Round {
  readonly name: string;
  readonly heap: () => HeapOptions;
  readonly crew: Omit<CrewOptions, 'workers' | 'entry'>;
}

/** Heavy hand-over while workers are terminated as fast as new ones come. */
const STORM: Round = {
  name: 'kill storm',
  heap: () => ({ initialBytes: 8 * MiB, maximumBytes: 192 * MiB, maxThreads: 96 }),
  crew: { limit: 600 * KiB, killEvery: 25 },
};

const ROUNDS: readonly Round[] = [
  {
    name: 'a heap that grows',
    heap: () => ({ initialBytes: 4 * MiB, maximumBytes: 256 * MiB }),
    crew: {
      limit: 3 * MiB,
      killEvery: 0,
      faults: { refusedGrowths: 0, noWaiting: true, clockJumps: true, pauses: true },
    },
  },
  {
    name: 'a heap that is full',
    heap: () => ({ initialBytes: 10 * MiB, maximumBytes: 10 * MiB, maxThreads: 16 }),
    crew: {
      limit: 150 * KiB,
      killEvery: 400,
      faults: { refusedGrowths: 0, noWaiting: true, clockJumps: false, pauses: false },
    },
  },
  {
    name: 'a platform that refuses growth',
    heap: () => ({ initialBytes: 4 * MiB, maximumBytes: 128 * MiB }),
    crew: {
      limit: 2 * MiB,
      killEvery: 300,
      faults: { refusedGrowths: 0.7, noWaiting: false, clockJumps: true, pauses: true },
    },
  },
  {
    name: 'a WebAssembly.Memory that is refused growth',
    heap: () => ({
      memory: new WebAssembly.Memory({ initial: 64, maximum: 1600, shared: true }),
      reservedBytes: 100,
      maximumBytes: 96 * MiB,
    }),
    crew: {
      limit: MiB,
      killEvery: 300,
      faults: { refusedGrowths: 0.5, noWaiting: true, clockJumps: false, pauses: false },
    },
  },
  { ...STORM, name: 'kills' },
];

const ROUND_MS = 15_000;

/** Kills without an end. @throws Error with what was lost or broken */
export function killStorm(options: SoakOptions): Promise<SoakFigures> {
  return run(options, [STORM]);
}

/** Rounds of every kind in turn. @throws Error with what was lost or broken */
export function soak(options: SoakOptions): Promise<SoakFigures> {
  return run(options, ROUNDS);
}

async function run(options: SoakOptions, rounds: readonly Round[]): Promise<SoakFigures> {
  const { minutes, threads, seed, entry, progress } = options;
  const random = new Random(seed);
  const end = performance.now() + minutes * 60_000;
  let sums: SoakFigures | undefined;
  for (let round = 0; round < rounds.length || performance.now() < end; round++) {
    const { name, heap, crew } = rounds[round % rounds.length]!;
    const made = Heap.create({ prewarm: 0, ...heap() });
    const left = Math.max(1000, end - performance.now());
    const figures = await new Crew(made, { ...crew, workers: threads, entry }, random).work(
      Math.min(ROUND_MS, left / Math.max(1, rounds.length - round)),
    );
    const heapsDropped = rounds.length > 1 ? await dropHeaps(random) : 0;
    sums = add(sums, { ...figures, rounds: 1, heapsDropped });
    progress?.(sums, name);
    collectGarbage();
  }
  return sums!;
}

function add(sums: SoakFigures | undefined, more: SoakFigures): SoakFigures {
  if (!sums) return more;
  for (const name of Object.keys(more) as (keyof SoakFigures)[]) sums[name] += more[name];
  return sums;
}

/** Lets go of what nobody refers to; the heaps among it detach before their memory goes. */
async function forget(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Makes heaps and drops them, some without a word, and sees that their memory goes back. */
async function dropHeaps(random: Random): Promise<number> {
  const HEAPS = 100;
  await forget();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < HEAPS; i++) {
    const heap = Heap.create({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB, prewarm: 4 });
    const ptr = heap.malloc(2 * MiB);
    heap.u8.fill(1, ptr, ptr + 2 * MiB);
    if (random.chance(0.5)) heap.detach();
    if (i % 8 === 7) await forget();
  }
  await forget();
  const grown = process.memoryUsage().rss - before;
  if (grown > 256 * MiB) throw new Error(`${HEAPS} dropped heaps left ${grown} bytes behind`);
  return HEAPS;
}
