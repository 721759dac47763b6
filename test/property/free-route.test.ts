import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLASS_BYTES } from '../../src/base/sizeclass.js';
import { Heap } from '../../src/index.js';
import { codeOf } from '../support/errors.js';
import { expectSound, KiB, MiB } from '../support/heaps.js';
import { propertyRuns } from '../support/property.js';
import { anySize } from './model/arbitraries.js';

/** A heap with blocks of these sizes, every third of them free again. */
function withBlocks(
  sizes: readonly number[],
  check: (heap: Heap, live: Set<number>) => void,
): void {
  const heap = Heap.create({ maximumBytes: 128 * MiB });
  try {
    const live = new Set(sizes.map((size) => heap.malloc(size)));
    live.delete(0);
    [...live].forEach((ptr, index) => {
      if (index % 3 !== 0) return;
      heap.free(ptr);
      live.delete(ptr);
    });
    check(heap, live);
    expectSound(heap);
    expect(heap.stats().liveBlocks).toBe(live.size);
    for (const ptr of live) heap.free(ptr);
    expect(heap.stats().liveBytes).toBe(0);
  } finally {
    heap.detach();
  }
}

const sizes = fc.array(anySize, { minLength: 1, maxLength: 60 });
/** The largest request of each class. */
const classSizes = [...CLASS_BYTES].filter((bytes) => bytes > 0);
const refusals = ['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE'];

describe('the free route', () => {
  test('knows a number as a block exactly when one in use starts there', () => {
    const number = fc.oneof(
      fc.nat({ max: 40 * MiB }),
      fc.nat({ max: 2.5 * MiB }).map((granule) => granule * 16),
      fc.double(),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(sizes, fc.array(number, { maxLength: 300 }), (given, numbers) =>
        withBlocks(given, (heap, live) => {
          const near = [...live].flatMap((ptr) => [ptr, ptr + 16, ptr - 16, ptr + 4096, ptr + 1]);
          for (const address of [...numbers, ...near]) {
            expect(heap.owns(address)).toBe(live.has(address));
            if (live.has(address) || address === 0) continue;
            expect(refusals).toContain(codeOf(() => heap.free(address)));
            expect(refusals).toContain(codeOf(() => heap.realloc(address, 1)));
            expect(codeOf(() => heap.usableSize(address))).not.toBe('no error');
          }
        }),
      ),
      propertyRuns(60),
    );
  });

  test.for(classSizes)('knows each granule of a heap with blocks of %i bytes', (size) => {
    // At least one whole run, the last one cut in part.
    const count = Math.min(3000, Math.ceil((600 * KiB) / size));
    withBlocks(
      Array.from({ length: count }, () => size),
      (heap, live) => {
        const wrong: string[] = [];
        const lowest = Math.min(...live);
        const first = lowest - 64 * KiB;
        const last = Math.max(...live) + size + 64 * KiB;
        for (let address = first; address < last; address += 16) {
          if (heap.owns(address) !== live.has(address)) wrong.push(`owns ${address}`);
          if (heap.owns(address + 1) || heap.owns(address + 8)) wrong.push(`owns in ${address}`);
        }
        // A refusal takes longer: each place where a block might start, and one granule in seven.
        const tryFree = (address: number): void => {
          if (live.has(address) || refusals.includes(codeOf(() => heap.free(address)))) return;
          wrong.push(`free ${address}`);
        };
        for (let address = lowest; address < last; address += size) tryFree(address);
        for (let address = first; address < last; address += 16 * 7) tryFree(address);
        expect(wrong).toEqual([]);
      },
    );
  });

  test('leads every address to the tier and class that its size asks for', () => {
    const tiers = new Map<string, unknown>();
    const classes = new Map<string, number>();
    const tierFor = (size: number): string =>
      size <= KiB ? 'to 1 KiB' : size <= 32 * KiB ? 'to 32 KiB' : 'beyond';
    fc.assert(
      fc.property(sizes, (given) =>
        withBlocks(given, (heap, live) => {
          const blocks = [...heap.blocks()];
          expect(new Set(blocks.map(({ ptr }) => ptr))).toEqual(live);
          for (const { ptr, size, tier, sizeClass } of blocks) {
            expect(heap.usableSize(ptr)).toBe(size);
            const expected = tierFor(size);
            if (!tiers.has(expected)) tiers.set(expected, tier);
            expect(tier).toBe(tiers.get(expected));
            // In the debug build, a block's size is that of its request, not of its class.
            if (size > 32 * KiB || FLAGS.HAKMEM_BUILD_HARDENED) continue;
            const key = `${tier} ${sizeClass}`;
            if (!classes.has(key)) classes.set(key, size);
            expect(size).toBe(classes.get(key));
          }
        }),
      ),
      propertyRuns(60),
    );
    expect(new Set(tiers.values()).size).toBe(3);
    expect(new Set(classes.values()).size).toBe(classes.size);
  });

  test('of one heap does not know the blocks of another', () => {
    fc.assert(
      fc.property(sizes, sizes, (here, there) =>
        withBlocks(here, (heap, live) =>
          withBlocks(there, (_, others) => {
            for (const ptr of others) expect(heap.owns(ptr)).toBe(live.has(ptr));
          }),
        ),
      ),
      propertyRuns(30),
    );
  });
});
