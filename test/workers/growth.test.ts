import { describe, expect, test } from 'vitest';
import { SLAB_BYTES } from '../../src/base/layout.js';
import { debugSettings } from '../../src/hardened/settings.js';
import { Agent } from '../support/agent.js';
import { Barrier } from '../support/barrier.js';
import { createHeap, expectSound, expectWorking, KiB, MiB, mustMalloc } from '../support/heaps.js';
import { DisjointIntervals } from '../support/intervals.js';
import { hasPattern, isZero } from '../support/pattern.js';
import { runEntry } from '../support/run-entry.js';
import { sharedMemory } from '../support/wasm-module.js';
import type { AttachLoopData } from './entries/attach-loop.worker.js';

// Freed blocks go beneath at once, whatever the build.
debugSettings.quarantineBlocks = 0;

const kinds = [
  ['a shared buffer', () => createHeap({ initialBytes: 8 * MiB, maximumBytes: 96 * MiB })],
  [
    'a WebAssembly.Memory',
    () =>
      createHeap({
        memory: sharedMemory(8 * MiB, 96 * MiB),
        initialBytes: 8 * MiB,
        maximumBytes: 96 * MiB,
      }),
  ],
] as const;

describe.each(kinds)('%s that several threads grow', (_, create) => {
  test.each([
    ['small blocks', [500]],
    ['slabs', [60_000]],
    ['runs of SuperSlabs', [3 * MiB, MiB]],
    ['everything', [5 * MiB, 300_000, 20_000, 700]],
  ])('at the same time for %s reaches its maximum, with every block whole', async (_, sizes) => {
    const heap = create();
    const agents = (await Promise.all([1, 2, 3].map(() => Agent.attached(heap.handle, 0)))).map(
      ({ agent }) => agent,
    );
    const { buffer } = Barrier.for(agents.length);
    const parcels = await Promise.all(
      agents.map((agent, index) => agent.call('fill', sizes, index * 10_000_000, buffer)),
    );
    const all = parcels.flat().sort((a, b) => a.ptr - b.ptr);
    const intervals = new DisjointIntervals();
    for (const { ptr, size, tag } of all) {
      intervals.add(ptr, ptr + heap.usableSize(ptr));
      expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    }
    // What is left may be too little for a run, which then does not let the heap grow.
    const rest: number[] = [];
    for (let ptr; (ptr = heap.malloc(60_000)) !== 0;) rest.push(ptr);
    expect(heap.stats().capacityBytes).toBe(96 * MiB);
    expect(heap.stats().growths).toBeGreaterThan(0);
    expect(heap.u8.length).toBe(96 * MiB);
    for (const ptr of rest) heap.free(ptr);
    for (const agent of agents) expect(await agent.call('byteLength')).toBe(96 * MiB);
    expectSound(heap);

    await Promise.all(
      agents.map((agent, index) =>
        agent.call(
          'free',
          parcels[(index + 1) % 3]!.map(({ ptr }) => ptr),
        ),
      ),
    );
    expect(heap.stats().liveBlocks).toBe(0);
    expectSound(heap);
    expectWorking(heap);
  });

  test('is seen by threads that did not grow it', async () => {
    const heap = create();
    const { agent } = await Agent.attached(heap.handle, 0);
    const [parcel] = await agent.call('alloc', [50 * MiB], 1);
    const { ptr, size, tag } = parcel!;
    // This thread's views end far below the block.
    expect(heap.owns(ptr)).toBe(true);
    expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(size);
    expect(heap.u8.length).toBeGreaterThanOrEqual(ptr + size);
    expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    heap.free(ptr);
    expect(heap.stats().liveBlocks).toBe(0);
    expectSound(heap);

    const mine = mustMalloc(heap, 80 * MiB);
    expect(await agent.call('codeOfFree', mine + 16)).toBe('ERR_INVALID_POINTER');
    expect(await agent.call('codeOfFree', mine)).toBe('no error');
    expect(await agent.call('byteLength')).toBe(heap.u8.length);
  });

  test('can be attached to at that moment', async () => {
    for (let round = 0; round < 6; round++) {
      const heap = create();
      const finished = new SharedArrayBuffer(4);
      const loops = [0, 1].map(() =>
        runEntry<AttachLoopData, number>('attach-loop', { handle: heap.handle, finished }),
      );
      await expect.poll(() => heap.stats().threads.length).toBeGreaterThan(1);
      while (heap.malloc(256 * 1024) !== 0);
      Atomics.store(new Int32Array(finished), 0, 1);
      for (const times of await Promise.all(loops)) expect(times).toBeGreaterThan(0);
      expectSound(heap);
    }
  });

  test('leads views and reallocations beyond the old end', async () => {
    const heap = create();
    const { agent } = await Agent.attached(heap.handle, 0);
    const parcels = await agent.call('alloc', [20 * MiB, 100, 20_000, 20 * MiB], 1);
    for (const { ptr, size, tag } of parcels.toReversed()) {
      const moved = heap.realloc(ptr, Math.floor(size / 2));
      expect(hasPattern(heap, moved, Math.floor(size / 2), tag, size)).toBe(true);
      heap.free(heap.u8.subarray(moved, moved + 1));
    }
    expect(heap.stats().liveBlocks).toBe(0);
  });
});

describe.each([
  [
    'a shared buffer',
    () => createHeap({ initialBytes: 2 * MiB, maximumBytes: 96 * MiB, prewarm: 0 }),
  ],
  [
    'a WebAssembly.Memory',
    () =>
      createHeap({
        memory: sharedMemory(2 * MiB, 96 * MiB),
        initialBytes: 2 * MiB,
        maximumBytes: 96 * MiB,
        prewarm: 0,
      }),
  ],
] as const)('a block that lies across the end of a view on %s', (_, create) => {
  test('moves as a whole', async () => {
    const heap = create();
    const end = heap.stats().capacityBytes;
    const { agent } = await Agent.attached(heap.handle, 0);
    // The heap's last slab, and SuperSlabs of the growth behind it.
    const [parcel] = await agent.call('alloc', [2 * MiB + 30 * KiB], 1);
    const { ptr, size, tag } = parcel!;
    expect(ptr).toBe(end - SLAB_BYTES);
    const moved = heap.realloc(ptr, 200_000);
    expect(moved).not.toBe(ptr);
    expect(hasPattern(heap, moved, 200_000, tag, size)).toBe(true);
    heap.free(moved);
  });
});

test.each(['calloc', 'callocAs'] as const)(
  'a block of a class that lies across the end of a view is used as a whole by %s',
  async (by) => {
    // Four slabs each, from the second of a SuperSlab on.
    const size = 255 * KiB;
    const end = 8 * MiB + 15 * SLAB_BYTES;
    const memory = sharedMemory(end, 96 * MiB);
    const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 96 * MiB, prewarm: 0 });
    const { agent } = await Agent.attached(heap.handle, 0);
    const parcels = await agent.call('alloc', Array<number>(60).fill(size), 1);
    const across = parcels.find(({ ptr }) => ptr < end && ptr + size > end)!;
    heap.free(across.ptr);
    const again =
      by === 'calloc' ? heap.calloc(1, size) : heap.callocAs(Uint8Array, size).byteOffset;
    expect(again).toBe(across.ptr);
    expect(isZero(heap, again, size)).toBe(true);
    heap.free(again);
  },
);
