import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Heap, HakmemError } from '../../../src/index.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  forThisTest,
  GiB,
  isDetached,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { bufferOf } from '../../support/handles.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { propertyRuns } from '../../support/property.js';

describe('create', () => {
  test('without options gives 16 MiB now and 1 GiB at most', () => {
    const heap = forThisTest(Heap.create());
    const { capacityBytes, maximumBytes, liveBlocks, liveBytes, growths } = heap.stats();
    expect(capacityBytes).toBe(16 * MiB);
    expect(maximumBytes).toBe(GiB);
    expect({ liveBlocks, liveBytes, growths }).toEqual({ liveBlocks: 0, liveBytes: 0, growths: 0 });
    expectWorking(heap);
  });

  test('with an empty object does the same', () => {
    const { capacityBytes, maximumBytes } = createHeap({}).stats();
    expect([capacityBytes, maximumBytes]).toEqual([16 * MiB, GiB]);
  });

  test('takes initialBytes and maximumBytes as they are given', () => {
    const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes: 32 * MiB, maxThreads: 8 });
    const { capacityBytes, maximumBytes } = heap.stats();
    expect([capacityBytes, maximumBytes]).toEqual([4 * MiB, 32 * MiB]);
    expect(heap.u8.length).toBe(4 * MiB);
  });

  test('with a maximum below the default initial size does not ask for both', () => {
    const heap = createHeap({ maximumBytes: 8 * MiB });
    expect(heap.stats().maximumBytes).toBe(8 * MiB);
    expect(heap.stats().capacityBytes).toBeLessThanOrEqual(8 * MiB);
    expectWorking(heap);
  });

  test('with an initial size of its maximum never grows', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB });
    expect(heap.u8.length).toBe(8 * MiB);
    while (heap.malloc(KiB) !== 0);
    expect(heap.stats().growths).toBe(0);
    expect(heap.u8.length).toBe(8 * MiB);
  });

  test('reserves 4 GiB without touching them', () => {
    const before = process.memoryUsage.rss();
    const heap = createHeap({ initialBytes: 4 * GiB, maximumBytes: 4 * GiB });
    expect(heap.stats().capacityBytes).toBe(4 * GiB);
    expectWorking(heap);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * MiB);
  });

  test('a heap holds only views on shared memory', () => {
    expect(bufferOf(createHeap())).toBeInstanceOf(SharedArrayBuffer);
  });

  test('works without prewarm and with more of it', () => {
    for (const prewarm of [0, 1, 16, 32]) {
      const heap = createHeap({ maximumBytes: 64 * MiB, prewarm });
      expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
      expectSound(heap);
      expectWorking(heap);
    }
  });

  test('prewarmed blocks are cached, and there are none without prewarm', () => {
    const cold = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
    const warm = createHeap({ maximumBytes: 64 * MiB, prewarm: 16 });
    expect(cold.stats().cachedBytes).toBe(0);
    expect(warm.stats().cachedBytes).toBeGreaterThan(0);
  });

  test('a prewarm of more than caches hold fills them', () => {
    const cached = (prewarm: number): number =>
      createHeap({ maximumBytes: 64 * MiB, prewarm }).stats().cachedBytes;
    expect(cached(254)).toBeGreaterThan(cached(32));
    for (const prewarm of [255, 1000, 65536]) expect(cached(prewarm)).toBe(cached(254));
  });

  test.each([1, 4, 16, 21, 48, 64, 1024])(
    'the least maximum that it names for %i threads has room for a block, and less is refused',
    (maxThreads) => {
      const refused = (maximumBytes: number): number | undefined => {
        try {
          const heap = createHeap({ maximumBytes, maxThreads, prewarm: 0 });
          expect(heap.malloc(16), `${maximumBytes} bytes`).toBeGreaterThan(0);
          expectSound(heap);
          return undefined;
        } catch (error) {
          if (!(error instanceof HakmemError)) throw error;
          return Number(/at least (\d+)/.exec(error.message)?.[1]);
        }
      };
      let maximumBytes = 1;
      // A longer heap has longer tables, so the next answer may be more.
      for (let least = refused(1); least !== undefined; least = refused(maximumBytes)) {
        expect(least).toBeGreaterThan(maximumBytes);
        maximumBytes = least;
      }
      expect(refused(maximumBytes - 1)).toBe(maximumBytes);
    },
  );

  test('any initial and maximum size gives a heap that works, or an error that names the option', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 * MiB }),
        fc.integer({ min: 0, max: 40 * MiB }),
        (initialBytes, extraBytes) => {
          const maximumBytes = initialBytes + extraBytes;
          let heap: Heap;
          try {
            heap = Heap.create({ initialBytes, maximumBytes });
          } catch (error) {
            if (!(error instanceof HakmemError)) throw error;
            expect(error.code).toBe('ERR_INVALID_OPTION');
            expect(error.message).toMatch(/initialBytes|maximumBytes/);
            expect(initialBytes, 'a size that is large enough').toBeLessThan(8 * MiB);
            return;
          }
          const stats = heap.stats();
          expect(stats.capacityBytes).toBeLessThanOrEqual(stats.maximumBytes);
          expect(stats.maximumBytes).toBeLessThanOrEqual(maximumBytes);
          const ptrs = [];
          for (let ptr = heap.malloc(10_000); ptr !== 0; ptr = heap.malloc(10_000)) {
            ptrs.push(ptr);
          }
          expect(ptrs.every((ptr) => ptr + 10_000 <= maximumBytes)).toBe(true);
          expectSound(heap);
          for (const ptr of ptrs) heap.free(ptr);
          expectSound(heap);
          heap.detach();
        },
      ),
      propertyRuns(25),
    );
  });
});

describe('two heaps at once', () => {
  test('keep apart what they hold', () => {
    const one = createHeap();
    const other = createHeap();
    expect(one).not.toBe(other);
    expect(bufferOf(one)).not.toBe(bufferOf(other));
    const inOne = [24, 3000, 100_000].map((size) => mustMalloc(one, size));
    expect(liveFigures(other)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    const inOther = [24, 3000, 100_000].map((size) => mustMalloc(other, size));
    for (let i = 0; i < 3; i++) {
      fillPattern(one, inOne[i]!, 24, 1);
      fillPattern(other, inOther[i]!, 24, 2);
    }
    expect(inOne.every((ptr) => hasPattern(one, ptr, 24, 1))).toBe(true);
    expect(inOther.every((ptr) => hasPattern(other, ptr, 24, 2))).toBe(true);
    for (const ptr of inOne) one.free(ptr);
    expect(liveFigures(one).liveBlocks).toBe(0);
    expect(liveFigures(other).liveBlocks).toBe(3);
  });

  test('detaching one leaves the other attached', () => {
    const one = createHeap();
    const other = createHeap();
    one.detach();
    expect(isDetached(one)).toBe(true);
    expectWorking(other);
  });
});
