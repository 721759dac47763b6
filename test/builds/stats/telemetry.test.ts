import { describe, expect, it } from 'vitest';
import { SUPERSLAB_BYTES } from '../../../src/base/layout.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { counted, giveBack, take } from '../../support/telemetry.js';

const unwarmed = { maximumBytes: 64 * MiB, prewarm: 0 };
/** Little room, of which the records of many threads would take a part. */
const small = { maximumBytes: 4 * MiB, maxThreads: 4, prewarm: 0 };

describe('class cache', () => {
  it('tells mallocs that found a block from those that found the cache empty', () => {
    const heap = createHeap(unwarmed);
    const first = take(heap, 1, 64);
    giveBack(heap, first);
    giveBack(heap, take(heap, 8, 64));
    const [entry, ...others] = counted(heap, 'classCache');
    expect(others).toEqual([]);
    expect(entry!.bytes).toBe(64);
    // Every malloc is a hit, but for those that had to refill.
    expect(entry!.misses).toBe(heap.stats().threads[0]!.refills);
    expect(entry!.misses).toBeGreaterThan(0);
    expect(entry!.hits).toBe(9 - entry!.misses);
  });

  it('agrees with the measure of refills, which also has their time', () => {
    const heap = createHeap(unwarmed);
    giveBack(heap, take(heap, 500, 100));
    giveBack(heap, take(heap, 20, 5000));
    const measure = counted(heap, 'cacheMeasure');
    const plain = measure.classes.map(({ sizeClass, bytes, hits, misses }) => ({
      sizeClass,
      bytes,
      hits,
      misses,
    }));
    expect(plain).toEqual(counted(heap, 'classCache'));
    expect(measure.hits + measure.misses).toBe(520);
    expect(measure.refills).toBe(heap.stats().threads[0]!.refills);
    for (const { nanoseconds } of measure.classes) expect(nanoseconds).toBeGreaterThan(0);
    const sum = measure.classes.reduce((total, { nanoseconds }) => total + nanoseconds, 0);
    expect(measure.nanoseconds).toBeCloseTo(sum, 0);
  });

  it('counts a request that the heap could not serve as a miss', () => {
    const heap = createHeap({ ...small, initialBytes: 2 * MiB });
    const ptrs: number[] = [];
    for (let ptr = heap.malloc(1000); ptr !== 0; ptr = heap.malloc(1000)) ptrs.push(ptr);
    const [entry] = counted(heap, 'classCache');
    expect(entry!.hits + entry!.misses).toBe(ptrs.length + 1);
    expect(counted(heap, 'refillStages').failed).toBe(1);
    giveBack(heap, ptrs);
  });
});

describe('frees', () => {
  it('counts those of Tiny blocks, and those of the largest class by themselves', () => {
    const heap = createHeap(unwarmed);
    giveBack(heap, take(heap, 10, 100));
    giveBack(heap, take(heap, 7, KiB));
    giveBack(heap, take(heap, 5, 2 * KiB));
    const { fast, slow } = counted(heap, 'tinyFrees');
    expect(fast + slow).toBe(17);
    expect(fast).toBeGreaterThan(0);
    expect(counted(heap, 'largestTinyFrees')).toBe(7);
  });

  it('says where each freed block went', () => {
    const heap = createHeap(unwarmed);
    heap.free(mustMalloc(heap, MiB));
    giveBack(heap, take(heap, 1000, 64));
    const before = counted(heap, 'freedTo');
    expect(before.cache).toBe(1000);
    expect(before.run).toBe(1);
    expect(before.spill).toBe(counted(heap, 'spill').putBlocks);
    expect(before.spill).toBeGreaterThan(0);
    expect(before.ssLocal).toBeGreaterThan(0);
    expect(before.ssRemote).toBe(0);
    heap.flush();
    const after = counted(heap, 'freedTo');
    // What waited in the caches and the spill queue is in its slabs.
    expect(after.ssLocal).toBeGreaterThan(before.ssLocal + before.spill);
    expect(after.cache).toBe(1000);
  });
});

describe('the free route', () => {
  it('compares page map and descriptor at every free, and finds them equal', () => {
    const heap = createHeap(unwarmed);
    giveBack(heap, take(heap, 30, 48));
    const { checked, differ } = counted(heap, 'metaMismatches');
    expect(checked).toBe(30);
    expect(differ).toBe(0);
    expect(counted(heap, 'routes')).toEqual({ fast: 30, looked: 0 });
  });

  it('counts looks at marked blocks, and keeps the addresses that hold the mark by chance', () => {
    const heap = createHeap(unwarmed);
    const freed = mustMalloc(heap, 64);
    const inUse = mustMalloc(heap, 64);
    heap.free(freed);
    const marked = heap.u32[freed >>> 2]! ^ freed;
    expect(() => heap.free(freed)).toThrow(/free already/);
    heap.u32[inUse >>> 2] = marked ^ inUse;
    heap.free(inUse);
    expect(counted(heap, 'markMismatches')).toEqual({ agree: 1, differ: 1, recent: [inUse] });
    expect(counted(heap, 'routes').looked).toBe(2);
  });

  it('counts addresses where the page map has no class', () => {
    const heap = createHeap(unwarmed);
    const ptr = mustMalloc(heap, 64);
    const beyond = ptr + SUPERSLAB_BYTES;
    expect(() => heap.free(beyond)).toThrow(/no block was handed out there/);
    expect(heap.owns(beyond)).toBe(false);
    expect(counted(heap, 'badClasses')).toEqual({ none: 2, outOfRange: 0 });
    heap.free(ptr);
  });
});

describe('spill queue and refill stages', () => {
  it('counts puts, refusals and takes, with their blocks', () => {
    const heap = createHeap(unwarmed);
    const ptrs = take(heap, 2000, 64);
    expect(counted(heap, 'spill').takes).toBe(0);
    expect(counted(heap, 'spill').empty).toBe(heap.stats().threads[0]!.refills);
    giveBack(heap, ptrs);
    const full = counted(heap, 'spill');
    expect(full.puts + full.refusals).toBe(heap.stats().threads[0]!.spills);
    expect(full.puts).toBeGreaterThan(0);
    expect(full.refusals).toBeGreaterThan(0);
    giveBack(heap, take(heap, 2000, 64));
    const after = counted(heap, 'spill');
    expect(after.takes).toBeGreaterThanOrEqual(full.puts);
    expect(after.takenBlocks).toBeGreaterThanOrEqual(full.putBlocks);
    expect(counted(heap, 'refillStages').spill).toBe(after.takes);
  });

  it('gives every refill one stage', () => {
    const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes: 64 * MiB, prewarm: 0 });
    const ptrs = take(heap, 20_000, 512);
    giveBack(heap, ptrs);
    giveBack(heap, take(heap, 20_000, 512));
    const { spill, own, orphan, pool, growth, collect, failed } = counted(heap, 'refillStages');
    expect(spill + own + orphan + pool + growth + collect + failed).toBe(
      heap.stats().threads[0]!.refills,
    );
    for (const stage of [spill, own, pool, growth]) expect(stage).toBeGreaterThan(0);
    expect(growth).toBeLessThanOrEqual(heap.stats().growths);
    expect([orphan, failed]).toEqual([0, 0]);
  });

  it('knows adopted slabs', () => {
    const heap = createHeap(unwarmed);
    const kept = take(heap, 1, 64);
    heap.flush();
    giveBack(heap, take(heap, 1, 64));
    expect(counted(heap, 'refillStages').orphan).toBe(1);
    giveBack(heap, kept);
  });

  it('knows the collection before the heap is exhausted', () => {
    const heap = createHeap(small);
    const fill = (size: number): number[] => {
      const ptrs: number[] = [];
      for (let ptr = heap.malloc(size); ptr !== 0; ptr = heap.malloc(size)) ptrs.push(ptr);
      return ptrs;
    };
    giveBack(heap, fill(32 * KiB));
    heap.resetStats();
    giveBack(heap, fill(KiB));
    expect(counted(heap, 'refillStages').collect).toBeGreaterThan(0);
  });
});

describe('slabs', () => {
  it('counts each slab that is acquired, orphaned, adopted and released, per class', () => {
    const heap = createHeap(unwarmed);
    const ptrs = take(heap, 3 * 32, KiB);
    const classes = (): unknown => counted(heap, 'sharedPool').map(({ sizeClass: _, ...is }) => is);
    expect(classes()).toEqual([{ bytes: KiB, acquired: 3, released: 0, orphaned: 0, adopted: 0 }]);
    heap.flush();
    expect(classes()).toEqual([{ bytes: KiB, acquired: 3, released: 0, orphaned: 3, adopted: 0 }]);
    giveBack(heap, ptrs);
    heap.flush();
    const { acquired, released, adopted } = counted(heap, 'sharedPool')[0]!;
    expect([acquired, released, adopted]).toEqual([3, 3, 0]);
  });

  it('counts SuperSlabs that come into use and go out of it, and growths with their time', () => {
    const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes: 64 * MiB, prewarm: 0 });
    const quiet = counted(heap, 'superSlabs');
    expect(quiet).toMatchObject({ acquired: 0, released: 0, growths: 0, growthNanoseconds: 0 });
    const before = heap.stats().capacityBytes;
    const ptr = mustMalloc(heap, 20 * MiB);
    const grown = counted(heap, 'superSlabs');
    expect(grown.growths).toBe(heap.stats().growths);
    expect(grown.grownBytes).toBe(heap.stats().capacityBytes - before);
    expect(grown.growthNanoseconds).toBeGreaterThan(0);
    expect(grown.acquired).toBeGreaterThanOrEqual(10);
    heap.free(ptr);
    heap.flush();
    const after = counted(heap, 'superSlabs');
    expect(after.released).toBe(after.acquired);
  });
});

describe('L2.5 pool and BigCache', () => {
  it('counts hits, misses, runs cut into blocks and bytes kept', () => {
    const heap = createHeap(unwarmed);
    const ptrs = take(heap, 1, 64 * KiB);
    giveBack(heap, ptrs);
    giveBack(heap, take(heap, 1, 64 * KiB));
    const { hits, misses, splits, keptBytes } = counted(heap, 'pool');
    expect([hits, misses, splits]).toEqual([1, 1, 1]);
    expect(keptBytes).toBe(heap.stats().cachedBytes);
  });

  it('counts what the BigCache keeps, gives and has cut', () => {
    const heap = createHeap(unwarmed);
    const ptr = mustMalloc(heap, 4 * MiB);
    expect(heap.realloc(ptr, 2 * MiB)).toBe(ptr);
    expect(counted(heap, 'bigCache').splits).toBe(1);
    heap.free(ptr);
    const kept = counted(heap, 'bigCache');
    expect(kept).toMatchObject({ hits: 0, misses: 1, kept: 1, refused: 0 });
    expect(kept.keptBytes).toBe(kept.putBytes);
    expect(kept.keptBytes).toBeGreaterThanOrEqual(2 * MiB);
    heap.free(mustMalloc(heap, 2 * MiB));
    expect(counted(heap, 'bigCache')).toMatchObject({ hits: 1, misses: 1, kept: 2 });
    heap.flush();
    expect(counted(heap, 'bigCache').keptBytes).toBe(0);
  });
});

describe('reset', () => {
  it('sets every counter back to 0 and counting goes on from there', () => {
    const heap = createHeap(unwarmed);
    giveBack(heap, take(heap, 3000, 1024));
    heap.free(mustMalloc(heap, 20 * MiB));
    heap.flush();
    heap.resetStats();
    const { telemetry } = heap.stats();
    const numbers = JSON.stringify(telemetry).match(/:\d+/g) ?? [];
    expect(numbers.length).toBeGreaterThan(30);
    expect(new Set(numbers)).toEqual(new Set([':0']));
    giveBack(heap, take(heap, 12, 1024));
    expect(counted(heap, 'largestTinyFrees')).toBe(12);
    expect(counted(heap, 'classCache')[0]!.misses).toBeGreaterThan(0);
  });
});
