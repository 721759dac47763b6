import { describe, expect, test } from 'vitest';
import type { Heap, HeapOptions } from '../../src/index.js';
import { CLASS_BYTES, CLASS_COUNT } from '../../src/base/sizeclass.js';
import { KiB, MiB } from '../support/heaps.js';
import { notCounts, notNumbers } from '../support/hostile-values.js';
import { fillPattern, hasPattern, isZero } from '../support/pattern.js';
import { builds } from './support/builds.js';
import { World } from './support/world.js';

/** Ways to a block of a size. */
const ways: readonly (readonly [name: string, way: (heap: Heap, size: never) => number])[] = [
  ['malloc', (heap, size) => heap.malloc(size)],
  ['calloc(1, size)', (heap, size) => heap.calloc(1, size)],
  ['calloc(size, 1)', (heap, size) => heap.calloc(size, 1)],
  ['realloc(0, size)', (heap, size) => heap.realloc(0, size)],
  ['realloc of a block', (heap, size) => heap.realloc(heap.malloc(40), size)],
  ['memalign(16, size)', (heap, size) => heap.memalign(16, size)],
  ['memalign(4096, size)', (heap, size) => heap.memalign(4096, size)],
  ['mallocAs', (heap, size) => heap.mallocAs(Uint8Array, size).byteOffset],
  ['an arena', (heap, size) => heap.arena({ chunkBytes: 4 * KiB }).alloc(size)],
];

const around = (size: number): number[] => [size - 1, size, size + 1];

/** Every class, every border of a tier or of a slab and of a SuperSlab, one less and one more. */
const sizes: readonly number[] = [
  ...new Set([
    ...[0, 1, 15, 16, 17],
    ...Array.from({ length: CLASS_COUNT - 1 }, (_, i) => around(CLASS_BYTES[i + 1]!)).flat(),
    ...around(64 * KiB),
    ...around(2 * MiB - 64 * KiB),
    ...around(2 * MiB),
    ...around(4 * MiB),
  ]),
];

/** The most bytes that a fresh heap of this kind gives, by halving. */
function largestOf(make: (options: HeapOptions) => Heap, options: HeapOptions): number {
  let fits = 0;
  let fails = 2 ** 33;
  while (fails - fits > 1) {
    const heap = make(options);
    const size = Math.floor((fits + fails) / 2);
    const ptr = heap.malloc(size);
    if (ptr === 0) fails = size;
    else fits = size;
    heap.free(ptr);
    heap.detach();
  }
  return fits;
}

describe.each(builds)('the $name build', (build) => {
  test.each(ways)('%s: every edge of sizes gives a whole block', (_, way) => {
    const world = new World(build);
    for (const size of sizes) {
      world.scene.expectUnharmed(() => {
        const before = new Set(world.inUse());
        const ptr = way(world.heap, size as never);
        expect(ptr % 16, `${size} bytes at ${ptr}`).toBe(0);
        expect(ptr).toBeGreaterThan(0);
        fillPattern(world.heap, ptr, size, size);
        expect(hasPattern(world.heap, ptr, size, size)).toBe(true);
        if (world.heap.owns(ptr)) {
          expect(world.heap.usableSize(ptr)).toBeGreaterThanOrEqual(size);
        }
        // The block, or the chunk of the arena that it lies in.
        const came = world.inUse().filter((block) => !before.has(block));
        expect(came).toHaveLength(1);
        world.heap.free(came[0]!);
      });
    }
  });

  test('calloc gives zeroes at every edge of sizes, after use as well', () => {
    const world = new World(build);
    for (const size of [...sizes, ...sizes]) {
      const ptr = world.heap.calloc(1, size);
      expect(isZero(world.heap, ptr, size), `${size} bytes`).toBe(true);
      fillPattern(world.heap, ptr, size, size);
      world.heap.free(ptr);
    }
    world.clear();
  });

  test.each(ways)('%s: what is no size is refused', (name, way) => {
    const world = new World(build);
    const spare = world.heap.malloc(40);
    const calls = [...notNumbers, ...notCounts].map(
      ([, value]) =>
        () =>
          name === 'realloc of a block'
            ? world.heap.realloc(spare, value as never)
            : way(world.heap, value as never),
    );
    world.expectRefused(calls, ['ERR_INVALID_SIZE']);
    world.clear();
  });

  test('sizes that no heap can hold give 0, also around 2^31, 2^32 and 2^53', () => {
    const world = new World(build);
    const { heap, scene } = world;
    const sizes = [...around(2 ** 31), ...around(2 ** 32), 2 ** 40, 2 ** 53 - 1];
    scene.expectUnharmed(() => {
      for (const size of sizes) {
        for (const ptr of [
          heap.malloc(size),
          heap.calloc(1, size),
          heap.calloc(size, 1),
          heap.realloc(0, size),
          heap.realloc(scene.block, size),
          heap.memalign(64, size),
        ]) {
          expect(ptr, `${size} bytes`).toBe(0);
        }
      }
    });
    world.clear();
  });

  test('the largest block that fits, one byte less and one more', () => {
    const { Heap: Made } = build.bundle;
    for (const maximumBytes of [8 * MiB, 10 * MiB + 5, 64 * MiB]) {
      const options = { maximumBytes, maxThreads: 4 };
      const largest = largestOf((given) => Made.create(given), options);
      expect(largest).toBeGreaterThan(maximumBytes / 2);
      const heap = Made.create(options);
      expect(heap.malloc(largest + 1)).toBe(0);
      const ptr = heap.malloc(largest - 1);
      expect(ptr).toBeGreaterThan(0);
      expect(heap.realloc(ptr, largest)).toBe(ptr);
      expect(heap.realloc(ptr, largest + 1)).toBe(0);
      heap.u8[ptr + largest - 1] = 7;
      expect(heap.verify().problems).toEqual([]);
      heap.free(ptr);
      expect(heap.stats().liveBlocks).toBe(0);
      heap.detach();
    }
  });

  test('alignments: powers of two to 64 KiB, and nothing else', () => {
    const world = new World(build);
    const { heap } = world;
    for (let alignment = 1; alignment <= 65536; alignment *= 2) {
      for (const size of [0, 1, 100, 5000, 70_000, 300_000]) {
        const ptr = heap.memalign(alignment, size);
        expect(ptr % alignment, `${size} bytes at ${alignment}`).toBe(0);
        heap.free(ptr);
      }
    }
    const wrong = [0, 3, 24, 65535, 65537, 2 ** 17, 2 ** 31, 2 ** 32, 2 ** 32 + 16, 2 ** 53 - 1];
    world.expectRefused(
      wrong.flatMap((alignment) => [
        () => heap.memalign(alignment, 8),
        () => heap.memalign(alignment, 100_000),
        () => heap.memalign(alignment, 2 ** 20),
        () => world.scene.arena.alloc(8, alignment),
      ]),
      ['ERR_INVALID_ALIGNMENT'],
    );
    world.expectRefused(
      [...notNumbers, ...notCounts].map(
        ([, value]) =>
          () =>
            heap.memalign(value as never, 8),
      ),
      ['ERR_INVALID_SIZE'],
    );
    world.clear();
  });
});
