import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { expect, onTestFinished, test } from 'vitest';
import type { Heap } from '../../src/index.js';
import { builtEntry } from '../support/entry.js';
import { createHeap, expectSound, MiB } from '../support/heaps.js';

const filename = fileURLToPath(builtEntry('./entries/piscina-endless.worker.ts', import.meta.url));
const options = { initialBytes: 64 * MiB, maximumBytes: 64 * MiB, prewarm: 0 };

const threads = (heap: Heap): number => heap.stats().threads.length;

/** A pool whose threads are watched from their first moment on. */
function startPool(heap: Heap): Piscina<number, never> {
  const pool = new Piscina<number, never>({
    filename,
    minThreads: 0,
    maxThreads: 2,
    workerData: heap.handle,
  });
  const timer = setInterval(() => {
    for (const thread of pool.threads) heap.watch(thread);
  }, 1);
  onTestFinished(async () => {
    clearInterval(timer);
    await pool.destroy();
  });
  return pool;
}

/** All that the dead had in use can be found and freed, and then nothing is missing. */
function expectNothingLost(heap: Heap, slabBytesInUse: number): void {
  expectSound(heap);
  for (const { ptr } of [...heap.blocks()]) heap.free(ptr);
  heap.flush();
  expect(heap.stats()).toMatchObject({ slabBytesInUse, cachedBytes: 0, liveBlocks: 0 });
  expectSound(heap);
}

test('aborted tasks of a watched pool lose nothing', async () => {
  const heap = createHeap(options);
  heap.flush();
  const { slabBytesInUse } = heap.stats();
  const pool = startPool(heap);
  for (let round = 0; round < 6; round++) {
    const abort = new AbortController();
    const tasks = [0, 1].map((index) => pool.run(2 * round + index, { signal: abort.signal }));
    const ended = Promise.allSettled(tasks);
    await expect.poll(() => threads(heap)).toBe(3);
    abort.abort();
    for (const { status } of await ended) expect(status).toBe('rejected');
    await expect.poll(() => threads(heap)).toBe(1);
  }
  expectNothingLost(heap, slabBytesInUse);
});

test('a watched pool that is destroyed at work loses nothing', async () => {
  const heap = createHeap(options);
  heap.flush();
  const { slabBytesInUse } = heap.stats();
  const pool = startPool(heap);
  const ended = Promise.allSettled([pool.run(1), pool.run(2)]);
  await expect.poll(() => threads(heap)).toBe(3);
  await pool.destroy();
  for (const { status } of await ended) expect(status).toBe('rejected');
  await expect.poll(() => threads(heap)).toBe(1);
  expectNothingLost(heap, slabBytesInUse);
});
