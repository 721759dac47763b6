import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap, type HeapOptions } from '../../src/index.js';
import type { Parcel } from '../support/agent-protocol.js';
import { Barrier } from '../support/barrier.js';
import { collectGarbage } from '../support/garbage.js';
import { expectSound, KiB, liveFigures, MiB, ownedBytes } from '../support/heaps.js';
import { DisjointIntervals } from '../support/intervals.js';
import { hasPattern } from '../support/pattern.js';
import { propertyRuns } from '../support/property.js';
import { Ring } from '../support/ring.js';
import { runEntry } from '../support/run-entry.js';
import type { ProgramAnswer, ProgramData } from '../support/shared-program.js';
import { sharedMemory } from '../support/wasm-module.js';

interface Plan {
  readonly workers: number;
  readonly steps: number;
  readonly limit: number;
}

/** Starts the workers of one program, with a ring from each to each, and waits for all of them. */
async function runProgram(heap: Heap, seed: number, plan: Plan): Promise<ProgramAnswer[]> {
  const { workers, steps, limit } = plan;
  const indices = Array.from({ length: workers }, (_, index) => index);
  const rings = indices.map(() => indices.map(() => Ring.withRoomFor(100).buffer));
  const finished = new SharedArrayBuffer(4 * workers);
  const barrier = Barrier.for(workers).buffer;
  return Promise.all(
    indices.map((index) =>
      runEntry<ProgramData, ProgramAnswer>('program', {
        handle: heap.handle,
        index,
        inboxes: rings.map((to) => to[index]!),
        outboxes: rings[index]!,
        finished,
        barrier,
        steps,
        limit,
        seed: seed + index * 0x10001,
      }),
    ),
  );
}

/** What the workers left must be all there is in the heap, whole, apart, and free to go. */
function checkLeft(heap: Heap, left: readonly Parcel[]): void {
  const intervals = new DisjointIntervals();
  for (const { ptr, size, tag } of left) {
    expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    intervals.add(ptr, ptr + Math.max(1, heap.usableSize(ptr)));
  }
  expect(new Set([...heap.blocks()].map(({ ptr }) => ptr))).toEqual(
    new Set(left.map(({ ptr }) => ptr)),
  );
  expect(heap.stats().liveBlocks).toBe(left.length);
  expectSound(heap);
  for (const { ptr } of left) heap.free(ptr);
  heap.flush();
  expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  expectSound(heap);
}

async function checkPrograms(
  makeOptions: () => HeapOptions,
  plan: Plan,
  runs: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), async (seed) => {
      const heap = Heap.create({ ...makeOptions(), prewarm: 0 });
      try {
        const before = ownedBytes(heap);
        const answers = await runProgram(heap, seed, plan);
        expect(answers.flatMap(({ problems }) => problems)).toEqual([]);
        expect(answers.every(({ received }) => received >= 50)).toBe(true);
        expect(heap.stats().threads).toHaveLength(1);
        checkLeft(
          heap,
          answers.flatMap(({ left }) => left),
        );
        expect(heap.stats().cachedBytes).toBe(0);
        expect(ownedBytes(heap)).toBe(before);
      } finally {
        heap.detach();
        collectGarbage();
      }
    }),
    { ...propertyRuns(runs), endOnFailure: true },
  );
}

describe('random programs on several workers, with blocks that change hands', () => {
  test('small blocks', async () => {
    await checkPrograms(() => ({}), { workers: 3, steps: 60_000, limit: KiB }, 3);
  });

  test('blocks of every tier on a heap that grows', async () => {
    await checkPrograms(
      () => ({ initialBytes: 8 * MiB, maximumBytes: 1024 * MiB }),
      { workers: 4, steps: 12_000, limit: 4 * MiB },
      3,
    );
  });

  test('on a heap that is full most of the time', async () => {
    await checkPrograms(
      () => ({ initialBytes: 16 * MiB, maximumBytes: 16 * MiB }),
      { workers: 3, steps: 15_000, limit: 200 * KiB },
      3,
    );
  });

  test('on a heap in a WebAssembly.Memory', async () => {
    await checkPrograms(
      () => ({ memory: sharedMemory(16 * MiB, 256 * MiB), maximumBytes: 256 * MiB }),
      { workers: 2, steps: 20_000, limit: 64 * KiB },
      2,
    );
  });
});
