import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HeapHandle } from '../../src/index.js';
import type { Parcel } from '../support/agent-protocol.js';
import { builtEntry } from '../support/entry.js';
import { createHeap, expectSound, liveFigures, MiB } from '../support/heaps.js';
import { hasPattern } from '../support/pattern.js';
import type { PoolAnswer, PoolTask } from './entries/piscina.worker.js';

const filename = fileURLToPath(builtEntry('./entries/piscina.worker.ts', import.meta.url));

function startPool(workerData?: HeapHandle): Piscina<PoolTask, PoolAnswer> {
  const pool = new Piscina<PoolTask, PoolAnswer>({
    filename,
    minThreads: 2,
    maxThreads: 2,
    workerData,
  });
  onTestFinished(async () => pool.destroy());
  return pool;
}

const sizes = Array.from({ length: 40 }, (_, i) => (i * 997) % 40_000);

/** Sends blocks through the pool, round after round, each time to whichever thread is free. */
async function passAround(
  pool: Piscina<PoolTask, PoolAnswer>,
  task: Pick<PoolTask, 'handle'>,
  rounds: number,
): Promise<{ answers: PoolAnswer[]; left: Parcel[] }> {
  const answers: PoolAnswer[] = [];
  let parcels: Parcel[] = [];
  for (let round = 0; round < rounds; round++) {
    const half = parcels.length >> 1;
    const given = [parcels.slice(half), parcels.slice(0, half)];
    const round_ = await Promise.all(
      given.map((incoming, index) =>
        pool.run({ ...task, incoming, sizes, firstTag: (2 * round + index) * sizes.length }),
      ),
    );
    answers.push(...round_);
    parcels = round_.flatMap(({ outgoing }) => outgoing);
  }
  return { answers, left: parcels };
}

describe('a pool of piscina threads', () => {
  test.each(['workerData', 'every task'])('gets the heap by %s', async (by) => {
    const heap = createHeap({ maximumBytes: 128 * MiB });
    const pool = startPool(by === 'workerData' ? heap.handle : undefined);
    const task = by === 'workerData' ? {} : { handle: heap.handle };
    const { answers, left } = await passAround(pool, task, 30);
    expect(answers.map(({ broken }) => broken)).toEqual(answers.map(() => 0));
    expect(answers.every(({ sameHeap }) => sameHeap)).toBe(true);
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBeLessThanOrEqual(2);
    expect(answers.some(({ threadId }) => threadId === heap.threadId)).toBe(false);
    expect(heap.stats().liveBlocks).toBe(left.length);
    expect(left.every(({ ptr, size, tag }) => hasPattern(heap, ptr, size, tag))).toBe(true);
    for (const { ptr } of left) heap.free(ptr);
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expectSound(heap);
  });

  test('can be watched, so that its end leaves nothing behind', async () => {
    const heap = createHeap({ initialBytes: 128 * MiB, maximumBytes: 128 * MiB });
    heap.flush();
    const before = heap.stats();
    const pool = startPool(heap.handle);
    for (const thread of pool.threads) heap.watch(thread);
    const { left } = await passAround(pool, {}, 5);
    expect(heap.stats().threads.length).toBeGreaterThan(1);
    await pool.destroy();
    await expect.poll(() => heap.stats().threads.length).toBe(1);
    for (const { ptr, size, tag } of left) {
      expect(hasPattern(heap, ptr, size, tag)).toBe(true);
      heap.free(ptr);
    }
    heap.flush();
    const { slabBytesInUse, cachedBytes, liveBlocks } = heap.stats();
    expect({ slabBytesInUse, cachedBytes, liveBlocks }).toEqual({
      slabBytesInUse: before.slabBytesInUse,
      cachedBytes: before.cachedBytes,
      liveBlocks: 0,
    });
    expectSound(heap);
  });
});
