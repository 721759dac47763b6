import { describe, expect, test } from 'vitest';
import { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { bufferOf, clone } from '../../support/handles.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  forThisTest,
  liveFigures,
  MiB,
  mustMalloc,
  sizesOfAllTiers,
} from '../../support/heaps.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

describe('flush', () => {
  test('leaves nothing in the cache, and the blocks in use as they are', () => {
    const heap = createHeap({ maximumBytes: 256 * MiB });
    const kept = sizesOfAllTiers.map((size, tag) => {
      const ptr = mustMalloc(heap, size);
      fillPattern(heap, ptr, size, tag);
      return { ptr, size, tag };
    });
    for (const size of sizesOfAllTiers) {
      const ptrs = Array.from({ length: size >= MiB ? 3 : 200 }, () => mustMalloc(heap, size));
      for (const ptr of ptrs) heap.free(ptr);
    }
    expect(heap.stats().cachedBytes).toBeGreaterThan(0);
    const figures = liveFigures(heap);
    heap.flush();
    expect(heap.stats().cachedBytes).toBe(0);
    expect(liveFigures(heap)).toEqual(figures);
    expect(kept.every(({ ptr, size, tag }) => hasPattern(heap, ptr, size, tag))).toBe(true);
    expectSound(heap);
    for (const { ptr } of kept) heap.free(ptr);
    expectWorking(heap);
  });

  test('gives the slabs back when nothing is in use', () => {
    // Of a fixed size, so that the heap's own tables are the same before and after.
    const heap = createHeap({ initialBytes: 256 * MiB, maximumBytes: 256 * MiB, prewarm: 0 });
    heap.flush();
    const { slabBytesInUse } = heap.stats();
    const ptrs = sizesOfAllTiers.flatMap((size) =>
      Array.from({ length: size >= MiB ? 3 : 300 }, () => mustMalloc(heap, size)),
    );
    expect(heap.stats().slabBytesInUse).toBeGreaterThan(slabBytesInUse);
    for (const ptr of ptrs) heap.free(ptr);
    heap.flush();
    expect(heap.stats().slabBytesInUse).toBe(slabBytesInUse);
    expect(heap.stats().peakSlabBytesInUse).toBeGreaterThan(slabBytesInUse);
  });

  test('can be called at any time, also when there is nothing to flush', () => {
    const heap = createHeap();
    for (let i = 0; i < 100; i++) {
      heap.flush();
      heap.flush();
      const ptr = mustMalloc(heap, 16 * i);
      heap.flush();
      heap.free(ptr);
    }
    expect(heap.stats().liveBlocks).toBe(0);
  });
});

describe('after detach', () => {
  const calls: readonly [string, (heap: Heap, block: number) => unknown][] = [
    ['malloc', (heap) => heap.malloc(8)],
    ['malloc of 0', (heap) => heap.malloc(0)],
    ['malloc of a bad size', (heap) => heap.malloc(-1)],
    ['malloc of too much', (heap) => heap.malloc(2 ** 40)],
    ['calloc', (heap) => heap.calloc(1, 8)],
    ['realloc', (heap, block) => heap.realloc(block, 800)],
    ['realloc of 0', (heap) => heap.realloc(0, 8)],
    ['memalign', (heap) => heap.memalign(64, 8)],
    ['free', (heap, block) => heap.free(block)],
    ['free of 0', (heap) => heap.free(0)],
    ['free of a view', (heap) => heap.free(new Uint8Array(4))],
    ['usableSize', (heap, block) => heap.usableSize(block)],
    ['mallocAs', (heap) => heap.mallocAs(Uint8Array, 8)],
    ['callocAs', (heap) => heap.callocAs(Uint8Array, 8)],
    ['arena', (heap) => heap.arena()],
    ['flush', (heap) => heap.flush()],
    ['detach', (heap) => heap.detach()],
    ['reclaim', (heap) => heap.reclaim(1)],
    ['stats', (heap) => heap.stats()],
    ['verify', (heap) => heap.verify()],
    ['blocks', (heap) => [...heap.blocks()]],
  ];

  test.each(calls)('%s throws ERR_DETACHED and changes nothing', (_, call) => {
    const heap = Heap.create({ maximumBytes: 64 * MiB });
    const block = mustMalloc(heap, 100);
    const handle = clone(heap.handle);
    heap.detach();
    expectCode(() => call(heap, block), 'ERR_DETACHED');

    const again = forThisTest(Heap.attach(handle));
    expect(again.stats().liveBlocks).toBe(1);
    expectSound(again);
    again.free(block);
    expectWorking(again);
  });

  test.each(calls)('%s throws ERR_DETACHED while the heap is attached again', (_, call) => {
    const heap = Heap.create({ maximumBytes: 64 * MiB });
    const block = mustMalloc(heap, 100);
    const handle = clone(heap.handle);
    heap[Symbol.dispose]();
    const again = forThisTest(Heap.attach(handle));
    expectCode(() => call(heap, block), 'ERR_DETACHED');
    expect(again.stats().liveBlocks).toBe(1);
  });

  test('its arenas throw ERR_DETACHED too', () => {
    const heap = Heap.create({ maximumBytes: 64 * MiB });
    const arena = heap.arena();
    arena.alloc(100);
    const mark = arena.mark();
    heap.detach();
    expectCode(() => arena.alloc(100), 'ERR_DETACHED');
    expectCode(() => arena.alloc(100_000_000), 'ERR_DETACHED');
    expectCode(() => arena.allocAs(Uint8Array, 100), 'ERR_DETACHED');
    expectCode(() => arena.rewind(mark), 'ERR_DETACHED');
    expectCode(() => arena.reset(), 'ERR_DETACHED');
  });

  test('the views that were taken before still show the memory', () => {
    const heap = Heap.create({ maximumBytes: 64 * MiB });
    const view = heap.mallocAs(Uint32Array, 4);
    view.set([1, 2, 3, 4]);
    const buffer = bufferOf(heap);
    heap.detach();
    expect([...view]).toEqual([1, 2, 3, 4]);
    expect(view.buffer).toBe(buffer);
  });

  test('a `using` declaration has detached at the end of its block', () => {
    let kept: Heap | undefined;
    {
      using heap = Heap.create({ maximumBytes: 64 * MiB });
      using arena = heap.arena();
      arena.alloc(100);
      kept = heap;
    }
    expectCode(() => kept.malloc(8), 'ERR_DETACHED');
  });
});

describe('a disposed arena', () => {
  const calls = [
    'alloc',
    'alloc of too much',
    'allocAs',
    'mark',
    'rewind',
    'reset',
    'dispose',
  ] as const;

  test.each(calls)('throws ERR_DETACHED from %s', (call) => {
    const heap = createHeap();
    const arena = heap.arena();
    arena.alloc(100);
    const mark = arena.mark();
    arena.dispose();
    const figures = liveFigures(heap);
    const act = {
      alloc: () => arena.alloc(8),
      'alloc of too much': () => arena.alloc(2 ** 40),
      allocAs: () => arena.allocAs(Uint8Array, 8),
      mark: () => arena.mark(),
      rewind: () => arena.rewind(mark),
      reset: () => arena.reset(),
      dispose: () => arena.dispose(),
    }[call];
    expectCode(act, 'ERR_DETACHED');
    expect(liveFigures(heap)).toEqual(figures);
    expectWorking(heap);
  });
});
