/** Numbers that are no block in use, and how each of them comes about. */
import { SLAB_BYTES as SLAB, SUPERSLAB_BYTES as SUPERSLAB } from '../../../src/base/layout.js';
import { KiB, MiB, mustMalloc } from '../../support/heaps.js';
import type { Expected, World } from '../support/world.js';

export interface PointerCase {
  readonly name: string;
  /** What every method answers for every pointer. */
  readonly answer: Expected;
  /** Sets the scene and returns the pointers; what it leaves in use must stay so. */
  readonly pointers: (world: World) => readonly number[];
}

const NO_BLOCK: Expected = ['ERR_INVALID_POINTER'];
const FREE: Expected = ['ERR_DOUBLE_FREE'];
/** Where the block's slab may have gone back to the pool, nothing there is a block any more. */
const FREE_OR_GONE: Expected = ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'];

/** Blocks of a size of which the first and the last stay in use, so that their slab stays. */
function between(world: World, size: number, count = 6): number[] {
  const ptrs = Array.from({ length: count }, () => mustMalloc(world.heap, size));
  return ptrs.slice(1, -1);
}

/** The addresses that are no block in use, of those given. */
function notInUse({ heap }: World, addresses: readonly number[]): number[] {
  const inUse = new Set([...heap.blocks()].map(({ ptr }) => ptr));
  return addresses.filter((address) => !inUse.has(address));
}

function range(from: number, to: number, step: number): number[] {
  const numbers: number[] = [];
  for (let number = from; number < to; number += step) numbers.push(number);
  return numbers;
}

const smallSizes = [0, 16, 40, 500, KiB, KiB + 1, 5000, 20_000];
const largeSizes = [32 * KiB + 1, 100_000, 200_000, 300_000, MiB, 3 * MiB];

const freed: readonly PointerCase[] = [
  ...smallSizes.map((size) => ({
    name: `a block of ${size} bytes, freed at once before`,
    answer: FREE,
    pointers(world: World) {
      const ptrs = between(world, size);
      for (const ptr of ptrs) world.heap.free(ptr);
      return ptrs;
    },
  })),
  ...largeSizes.map((size) => ({
    name: `a Large block of ${size} bytes, freed before`,
    answer: FREE_OR_GONE,
    pointers(world: World) {
      const ptrs = between(world, size, 3);
      for (const ptr of ptrs) world.heap.free(ptr);
      return ptrs;
    },
  })),
  {
    name: 'the first of two freed blocks (p q p)',
    answer: FREE,
    pointers(world) {
      const [p, q] = between(world, 100);
      world.heap.free(p!);
      world.heap.free(q!);
      return [p!];
    },
  },
  {
    name: 'the first of two freed Large blocks (p q p)',
    answer: FREE_OR_GONE,
    pointers(world) {
      const [p, q] = between(world, 400_000);
      world.heap.free(p!);
      world.heap.free(q!);
      return [p!];
    },
  },
  {
    name: 'a block freed before 1000 other operations',
    answer: FREE,
    pointers(world) {
      const { heap } = world;
      const [p] = between(world, 72);
      heap.free(p!);
      // Of other classes, so that it is not handed out again, and frees of its own.
      const own = Array.from({ length: 250 }, () => mustMalloc(heap, 200));
      for (let i = 0; i < 250; i++) heap.free(mustMalloc(heap, 300 + (i % 50) * 16));
      for (const ptr of own) heap.free(ptr);
      return [p!];
    },
  },
  {
    name: 'a block freed before its cache was flushed',
    answer: FREE,
    pointers(world) {
      const ptrs = between(world, 48);
      for (const ptr of ptrs) world.heap.free(ptr);
      world.heap.flush();
      return ptrs;
    },
  },
  {
    name: 'a block whose slab went back to the pool',
    answer: FREE_OR_GONE,
    pointers({ heap }) {
      const ptrs = Array.from({ length: 300 }, () => mustMalloc(heap, 900));
      for (const ptr of ptrs) heap.free(ptr);
      heap.flush();
      return ptrs;
    },
  },
  {
    name: 'a block that realloc moved',
    answer: FREE,
    pointers(world) {
      const [p] = between(world, 100);
      const moved = world.heap.realloc(p!, 5000);
      world.heap.free(moved);
      return [p!];
    },
  },
  {
    name: 'a Large block that realloc moved into a class',
    answer: FREE_OR_GONE,
    pointers({ heap }) {
      const p = mustMalloc(heap, MiB);
      heap.free(heap.realloc(p, 100));
      return [p];
    },
  },
  {
    name: 'a block freed through a view',
    answer: FREE,
    pointers({ heap }) {
      heap.mallocAs(Float64Array, 8);
      const view = heap.mallocAs(Float64Array, 8);
      heap.mallocAs(Float64Array, 8);
      heap.free(view);
      return [view.byteOffset];
    },
  },
  {
    name: 'a chunk of an arena that was reset and gave it back',
    answer: FREE_OR_GONE,
    pointers({ heap }) {
      const arena = heap.arena({ chunkBytes: 4096 });
      const ptr = arena.alloc(16);
      arena.reset({ retainBytes: 0 });
      arena.dispose();
      return [ptr - 16];
    },
  },
];

const inside: readonly PointerCase[] = [
  ...[1, 2, 4, 8, 12, 15].map((odd) => ({
    name: `a block's start and ${odd} bytes`,
    answer: NO_BLOCK,
    pointers: ({ scene }: World) => scene.blocks.map(({ ptr }) => ptr + odd),
  })),
  ...[64, 500, 5000, 20_000, 48 * KiB, 200_000].map((size) => ({
    name: `every granule inside a block of ${size} bytes`,
    answer: NO_BLOCK,
    pointers({ heap }: World) {
      const ptr = mustMalloc(heap, size);
      return range(ptr + 16, ptr + heap.usableSize(ptr), 16);
    },
  })),
  {
    name: 'granules and inner slabs of a Large block',
    answer: NO_BLOCK,
    pointers({ heap }) {
      const ptr = mustMalloc(heap, 3 * MiB);
      const end = ptr + heap.usableSize(ptr);
      return [...range(ptr + 16, ptr + SLAB, 16), ...range(ptr + SLAB, end, SLAB)];
    },
  },
  {
    name: 'one past the end of a block',
    answer: FREE_OR_GONE,
    pointers: (world) =>
      notInUse(
        world,
        world.scene.blocks.map(({ ptr }) => ptr + world.heap.usableSize(ptr)),
      ),
  },
  {
    name: 'what a shrinking realloc cut off a Large block',
    answer: NO_BLOCK,
    pointers({ heap }) {
      const ptr = mustMalloc(heap, 30 * SLAB);
      const end = ptr + heap.usableSize(ptr);
      expectSame(heap.realloc(ptr, 10 * SLAB), ptr);
      return range(ptr + 11 * SLAB, end, SLAB);
    },
  },
  {
    name: 'addresses that an arena handed out',
    answer: NO_BLOCK,
    pointers({ heap }) {
      const arena = heap.arena();
      return Array.from({ length: 50 }, (_, i) => arena.alloc(i));
    },
  },
  {
    name: 'addresses of an arena that was reset',
    answer: NO_BLOCK,
    pointers({ heap }) {
      const arena = heap.arena();
      const ptrs = Array.from({ length: 50 }, (_, i) => arena.alloc(i));
      arena.reset();
      return ptrs;
    },
  },
];

const never: readonly PointerCase[] = [
  {
    name: 'blocks not carved yet',
    answer: NO_BLOCK,
    pointers({ heap }) {
      // The first of the three blocks of its slab, which are carved one by one.
      const ptr = mustMalloc(heap, 20_000);
      return [ptr + 20 * KiB, ptr + 40 * KiB];
    },
  },
  {
    name: 'slabs and SuperSlabs that nobody ever used',
    answer: NO_BLOCK,
    pointers(world) {
      const end = world.heap.u8.length;
      return notInUse(world, range(end - SUPERSLAB + SLAB, end, SLAB));
    },
  },
  {
    name: 'far beyond the end',
    answer: NO_BLOCK,
    pointers({ heap }) {
      const { capacityBytes, maximumBytes } = heap.stats();
      return [capacityBytes, maximumBytes, 2 ** 31, 2 ** 32, 2 ** 40].flatMap((end) => [
        end,
        end + 16,
        end + SUPERSLAB,
      ]);
    },
  },
  {
    name: 'negative numbers, fractions and what is no number',
    answer: NO_BLOCK,
    pointers: ({ scene }) => [-1, -16, -scene.block, scene.block + 0.5, NaN, Infinity, -Infinity],
  },
  {
    name: "another heap's blocks",
    answer: FREE_OR_GONE,
    pointers(world) {
      const other = world.another();
      const ptrs = Array.from({ length: 100 }, () => mustMalloc(other, 48 * KiB));
      return notInUse(world, ptrs);
    },
  },
];

function expectSame(is: number, was: number): void {
  if (is !== was) throw new Error(`a block was expected to stay at ${was}, it is at ${is}`);
}

export const pointerCases: readonly PointerCase[] = [...freed, ...inside, ...never];
