import { describe, expect, test } from 'vitest';
import { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  forThisTest,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
  sizesOfAllTiers,
} from '../../support/heaps.js';
import { clone } from '../../support/handles.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { fill } from '../../support/exhaust.js';
import { sharedMemory } from '../../support/wasm-module.js';

const kinds = [
  ['a growable heap', () => createHeap()],
  ['a fixed heap', () => createHeap({ initialBytes: 16 * MiB, maximumBytes: 16 * MiB })],
  [
    'a heap in a WebAssembly.Memory',
    () => createHeap({ memory: sharedMemory(16 * MiB, 64 * MiB), maximumBytes: 64 * MiB }),
  ],
] as const;

describe.each(kinds)('the handle of %s', (_, create) => {
  test('survives structured cloning, and each clone gives the same Heap on this thread', () => {
    const heap = create();
    expect(Heap.attach(heap.handle)).toBe(heap);
    expect(Heap.attach(clone(heap.handle))).toBe(heap);
    expect(Heap.attach(clone(clone(heap.handle)))).toBe(heap);
    expect(Heap.attach(clone(heap.handle), { prewarm: 0 })).toBe(heap);
  });

  test('survives a message port', async () => {
    const heap = create();
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise<Heap>((resolve) => {
      port2.onmessage = ({ data }) => resolve(Heap.attach(data));
    });
    port1.postMessage(heap.handle);
    expect(await arrived).toBe(heap);
    port1.close();
  });

  test('taken before growth gives the same Heap after it', () => {
    const heap = create();
    const before = clone(heap.handle);
    const ptrs = fill(heap, [900 * KiB]);
    expect(ptrs.length).toBeGreaterThan(8);
    expect(Heap.attach(before)).toBe(heap);
    expect(Heap.attach(clone(heap.handle))).toBe(heap);
    for (const ptr of ptrs) heap.free(ptr);
  });

  test('leads back to the blocks after every thread has detached', () => {
    const first = create();
    const handle = clone(first.handle);
    const blocks = sizesOfAllTiers.map((size, tag) => {
      const ptr = mustMalloc(first, size);
      fillPattern(first, ptr, size, tag);
      return { ptr, size, tag };
    });
    const figures = liveFigures(first);
    first.detach();

    const second = forThisTest(Heap.attach(handle));
    expect(second).not.toBe(first);
    expect(liveFigures(second)).toEqual(figures);
    for (const { ptr, size, tag } of blocks) {
      expect(second.owns(ptr)).toBe(true);
      expect(hasPattern(second, ptr, size, tag)).toBe(true);
      expect(second.usableSize(ptr)).toBeGreaterThanOrEqual(size);
      second.free(ptr);
    }
    expect(liveFigures(second)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expectSound(second);
    expectWorking(second);
    expectCode(() => first.malloc(8), 'ERR_DETACHED');
  });
});

test('a thread can attach and detach far more often than there are thread records', () => {
  const first = createHeap({ maximumBytes: 16 * MiB, maxThreads: 2 });
  const handle = clone(first.handle);
  first.detach();
  for (let round = 0; round < 50; round++) {
    const heap = Heap.attach(handle);
    const ptr = mustMalloc(heap, 100);
    expect(heap.owns(ptr)).toBe(true);
    heap.free(ptr);
    expect(heap.stats().threads.some(({ threadId }) => threadId === heap.threadId)).toBe(true);
    heap.detach();
  }
  expectSound(forThisTest(Heap.attach(handle)));
});

test('the number of the thread is its own among the threads of the heap', () => {
  const heap = createHeap();
  expect(Number.isSafeInteger(heap.threadId)).toBe(true);
  const mine = heap.stats().threads.filter(({ threadId }) => threadId === heap.threadId);
  expect(mine).toHaveLength(1);
});
