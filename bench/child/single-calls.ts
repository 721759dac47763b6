/** Nanoseconds per call of what has no twin in C, or no loop of its own, by tinybench. */
import { Bench } from 'tinybench';
import { Heap } from '../../src/index.js';

/** Calls per measured run, so that reading the clock does not count. */
const CALLS = 500;

/** In place first, then moved: what is copied grows. */
const RESIZED = [
  [100, 110],
  [100_000, 95_000],
  [100, 200],
  [1000, 4000],
  [40_000, 80_000],
  [100_000, 200_000],
] as const;

export async function singleCalls({
  milliseconds,
}: {
  milliseconds: number;
}): Promise<Record<string, number>> {
  const bench = new Bench({ time: milliseconds, warmupTime: milliseconds / 2 });
  using heap = Heap.create();
  using arena = heap.arena();
  const kept = heap.malloc(100);

  const calls: Record<string, () => void> = {
    'malloc(64) and free': () => heap.free(heap.malloc(64)),
    'malloc(4096) and free': () => heap.free(heap.malloc(4096)),
    'malloc(100000) and free': () => heap.free(heap.malloc(100_000)),
    'malloc(4 MiB) and free': () => heap.free(heap.malloc(4 << 20)),
    'calloc(64) and free': () => heap.free(heap.calloc(1, 64)),
    'memalign(4096, 64) and free': () => heap.free(heap.memalign(4096, 64)),
    'realloc in place': () => void heap.realloc(kept, 97),
    usableSize: () => void heap.usableSize(kept),
    owns: () => void heap.owns(kept),
    'mallocAs(Float64Array, 8) and free': () => heap.free(heap.mallocAs(Float64Array, 8)),
  };
  for (const [from, to] of RESIZED) {
    calls[`malloc(${from}), realloc(${to}) and free`] = () =>
      heap.free(heap.realloc(heap.malloc(from), to));
  }
  for (const [name, call] of Object.entries(calls)) {
    bench.add(name, () => {
      for (let i = 0; i < CALLS; i++) call();
    });
  }
  bench.add('arena alloc(64)', () => {
    for (let i = 0; i < CALLS; i++) arena.alloc(64);
    arena.reset();
  });

  const elsewhere = Heap.create();
  const { handle } = elsewhere;
  elsewhere.detach();
  bench.add('attach and detach', () => {
    for (let i = 0; i < CALLS; i++) Heap.attach(handle).detach();
  });

  await bench.run();
  return Object.fromEntries(
    bench.tasks.map(({ name, result }) => {
      if (result.state !== 'completed') throw new Error(`${name} did not complete`);
      return [name, (result.latency.p50 * 1e6) / CALLS];
    }),
  );
}
