import fc from 'fast-check';
import { SLAB_BYTES } from '../../../src/base/layout.js';
import { KiB, MiB } from '../../support/heaps.js';
import {
  arenaAlloc,
  arenaDispose,
  arenaMark,
  arenaReset,
  arenaRewind,
  openArena,
} from './arena-commands.js';
import * as commands from './commands.js';

const upTo = (limit: number): fc.Arbitrary<number> => fc.nat({ max: limit });

/** Powers of two and their quarters up to 8 MiB, each with what lies closely around. */
const classEdge = fc
  .tuple(fc.nat({ max: 19 }), fc.nat({ max: 3 }), fc.integer({ min: -17, max: 17 }))
  .map(([log2, quarters, offset]) => Math.max(0, 16 * 2 ** log2 * (1 + quarters / 4) + offset))
  .map((size) => Math.min(Math.floor(size), 8 * MiB));

/** Sizes of every tier from 0 to 8 MiB, small ones and the edges of classes most often. */
export const anySize = fc.oneof(
  { weight: 8, arbitrary: upTo(256) },
  { weight: 5, arbitrary: classEdge },
  { weight: 4, arbitrary: upTo(KiB) },
  { weight: 4, arbitrary: upTo(32 * KiB) },
  { weight: 2, arbitrary: upTo(512 * KiB) },
  { weight: 1, arbitrary: upTo(8 * MiB) },
);

const alignment = fc.nat({ max: 16 }).map((log2) => 2 ** log2);
const at = upTo(7);
const place = upTo(10_000);

/** Any number, those near to real addresses and those that only look like some most often. */
const anyNumber = fc.oneof(
  upTo(64 * MiB).map((number) => number - (number % 16)),
  upTo(64 * MiB),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  upTo((64 * MiB) / SLAB_BYTES).map((slab) => slab * SLAB_BYTES),
);

type Weighted = readonly [weight: number, arbitrary: fc.Arbitrary<commands.HeapCommand>];

/** Every command, as often as makes a heap that fills, empties and never stays the same. */
export const heapCommands: fc.Arbitrary<commands.HeapCommand>[] = (
  [
    [10, fc.tuple(at, anySize).map((args) => commands.malloc(...args))],
    [
      3,
      fc
        .tuple(at, upTo(2 * KiB), fc.integer({ min: 2, max: 120 }))
        .map((args) => commands.burst(...args)),
    ],
    [
      4,
      fc
        .tuple(at, fc.integer({ min: 1, max: 9 }), anySize)
        .map(([heap, count, size]) => commands.calloc(heap, count, Math.floor(size / count))),
    ],
    [3, fc.tuple(at, alignment, anySize).map((args) => commands.memalign(...args))],
    [3, fc.tuple(at, upTo(4), upTo(40_000), fc.boolean()).map((args) => commands.view(...args))],
    [6, fc.tuple(at, place, anySize).map((args) => commands.realloc(...args))],
    [9, fc.tuple(at, place, fc.boolean()).map((args) => commands.free(...args))],
    [4, fc.tuple(at, place, upTo(150)).map((args) => commands.freeMany(...args))],
    [2, fc.tuple(at, place).map((args) => commands.freeTwice(...args))],
    [2, fc.tuple(at, anyNumber).map((args) => commands.misuse(...args))],
    [2, fc.tuple(at, place, upTo(8 * MiB)).map((args) => commands.misuseInside(...args))],
    [2, at.map((index) => commands.flush(index))],
    [1, at.map((index) => commands.compare(index))],
    [1, fc.tuple(at, fc.integer({ min: 1, max: 256 * KiB })).map((args) => openArena(...args))],
    [
      4,
      fc
        .tuple(at, place, anySize, alignment)
        .map(([heap, arena, size, align]) => arenaAlloc(heap, arena, size, Math.max(4, align))),
    ],
    [1, fc.tuple(at, place).map((args) => arenaMark(...args))],
    [1, fc.tuple(at, place, place).map((args) => arenaRewind(...args))],
    [1, fc.tuple(at, place, upTo(MiB)).map((args) => arenaReset(...args))],
    [1, fc.tuple(at, place).map((args) => arenaDispose(...args))],
  ] satisfies Weighted[]
).flatMap(([weight, arbitrary]) => new Array<typeof arbitrary>(weight).fill(arbitrary));
