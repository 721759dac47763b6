import { describe, expect, test } from 'vitest';
import type { Arena, Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { bufferOf } from '../../support/handles.js';
import { DisjointIntervals } from '../../support/intervals.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

interface Piece {
  readonly ptr: number;
  readonly size: number;
  readonly tag: number;
}

function allocPieces(heap: Heap, arena: Arena, sizes: readonly number[], firstTag = 0): Piece[] {
  return sizes.map((size, index) => {
    const ptr = arena.alloc(size);
    fillPattern(heap, ptr, size, firstTag + index);
    return { ptr, size, tag: firstTag + index };
  });
}

function allWhole(heap: Heap, pieces: readonly Piece[]): boolean {
  return pieces.every(({ ptr, size, tag }) => hasPattern(heap, ptr, size, tag));
}

const mixed = Array.from({ length: 400 }, (_, i) => 4 * ((i * 37) % 600));

describe('an arena', () => {
  test('gives pieces that do not overlap, inside of blocks of its heap', () => {
    const heap = createHeap();
    const arena = heap.arena({ chunkBytes: 16 * KiB });
    const intervals = new DisjointIntervals();
    const pieces = allocPieces(heap, arena, [...mixed, 100_000, 3 * MiB, 40]);
    for (const { ptr, size } of pieces) if (size > 0) intervals.add(ptr, ptr + size);
    const chunks = [...heap.blocks()];
    for (const { ptr, size } of pieces) {
      const inChunk = chunks.some((c) => c.ptr <= ptr && ptr + size <= c.ptr + c.size);
      expect(inChunk, `${size} bytes at ${ptr}`).toBe(true);
    }
    expect(allWhole(heap, pieces)).toBe(true);
    expect(arena.allocatedBytes).toBeGreaterThanOrEqual(
      pieces.reduce((sum, { size }) => sum + size, 0),
    );
    expectSound(heap);
    arena.dispose();
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expectSound(heap);
  });

  test.each([1, 2, 8, 16, 64, 4096, 65536])('aligns to %i', (alignment) => {
    const heap = createHeap();
    const arena = heap.arena();
    for (const size of [1, 3, 100, 5000, 100_000]) {
      expect(arena.alloc(size, alignment) % alignment).toBe(0);
    }
    arena.dispose();
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('aligns by itself so that any element type fits', () => {
    const heap = createHeap();
    const arena = heap.arena();
    for (let size = 1; size < 40; size++) expect(arena.alloc(size) % 8).toBe(0);
    arena.dispose();
  });

  test.each([Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array])(
    'gives views: %o',
    (type) => {
      const heap = createHeap();
      const arena = heap.arena({ chunkBytes: 4 * KiB });
      for (const length of [0, 1, 3, 100, 5000]) {
        arena.alloc(1, 1);
        const view = arena.allocAs(type, length);
        expect(view).toBeInstanceOf(type);
        expect(view.length).toBe(length);
        expect(view.buffer).toBe(bufferOf(heap));
        expect(view.byteOffset % type.BYTES_PER_ELEMENT).toBe(0);
      }
      arena.dispose();
    },
  );

  test('gives pieces of no bytes', () => {
    const heap = createHeap();
    const arena = heap.arena();
    expect(arena.alloc(0)).toBeGreaterThan(0);
    expect(arena.allocAs(Float64Array, 0).length).toBe(0);
    arena.dispose();
  });

  test('rewinds to a mark: what came before stays, what came after is free', () => {
    const heap = createHeap();
    const arena = heap.arena({ chunkBytes: 8 * KiB });
    const before = allocPieces(heap, arena, mixed);
    const mark = arena.mark();
    const { allocatedBytes } = arena;
    for (let round = 0; round < 20; round++) {
      allocPieces(heap, arena, [...mixed, 50_000, MiB], 1000);
      expect(arena.allocatedBytes).toBeGreaterThan(allocatedBytes);
      arena.rewind(mark);
      expect(arena.allocatedBytes).toBe(allocatedBytes);
      expect(allWhole(heap, before)).toBe(true);
      expectSound(heap);
    }
    expect(heap.stats().liveBytes).toBeLessThan(4 * MiB);
    arena.dispose();
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('rewinds through nested marks', () => {
    const heap = createHeap();
    const arena = heap.arena({ chunkBytes: 4 * KiB });
    const levels = Array.from({ length: 10 }, (_, level) => {
      const mark = arena.mark();
      const bytes = arena.allocatedBytes;
      return { mark, bytes, pieces: allocPieces(heap, arena, mixed.slice(0, 50), level * 100) };
    });
    for (const level of [7, 3, 0]) {
      const { mark, bytes } = levels[level]!;
      arena.rewind(mark);
      expect(arena.allocatedBytes).toBe(bytes);
      expect(levels.slice(0, level).every(({ pieces }) => allWhole(heap, pieces))).toBe(true);
    }
    arena.dispose();
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('resets to nothing, and can be used again', () => {
    const heap = createHeap();
    const arena = heap.arena({ chunkBytes: 16 * KiB });
    expect(arena.allocatedBytes).toBe(0);
    for (let round = 0; round < 5; round++) {
      const pieces = allocPieces(heap, arena, [...mixed, 200_000]);
      expect(allWhole(heap, pieces)).toBe(true);
      arena.reset();
      expect(arena.allocatedBytes).toBe(0);
      expectSound(heap);
    }
    arena.dispose();
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  });

  test('keeps at most what retainBytes allows', () => {
    const heap = createHeap();
    const arena = heap.arena({ chunkBytes: 16 * KiB });
    for (const retainBytes of [0, 16 * KiB, 100 * KiB, 0]) {
      allocPieces(heap, arena, mixed);
      allocPieces(heap, arena, mixed);
      expect(heap.stats().liveBytes).toBeGreaterThan(200 * KiB);
      arena.reset({ retainBytes });
      expect(heap.stats().liveBytes).toBeLessThanOrEqual(retainBytes);
    }
    arena.dispose();
  });

  test('does not disturb its heap, nor another arena', () => {
    const heap = createHeap();
    const one = heap.arena({ chunkBytes: 4 * KiB });
    const other = heap.arena({ chunkBytes: 4 * KiB });
    const inOne: Piece[] = [];
    const inOther: Piece[] = [];
    const blocks: number[] = [];
    for (let i = 0; i < 200; i++) {
      inOne.push(...allocPieces(heap, one, [40, 400], i));
      inOther.push(...allocPieces(heap, other, [48, 4000], 7000 + i));
      blocks.push(mustMalloc(heap, 100 + i));
    }
    one.dispose();
    expect(allWhole(heap, inOther)).toBe(true);
    expect(inOne).toHaveLength(400);
    for (const ptr of blocks) heap.free(ptr);
    other[Symbol.dispose]();
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  });

  test('refuses what does not fit, and stays as it was', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB });
    const arena = heap.arena();
    const pieces = allocPieces(heap, arena, mixed);
    const figures = { ...liveFigures(heap), allocated: arena.allocatedBytes };
    for (const size of [8 * MiB, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expectCode(() => arena.alloc(size), 'ERR_HEAP_EXHAUSTED');
      expectCode(() => arena.alloc(size, 65536), 'ERR_HEAP_EXHAUSTED');
      expectCode(() => arena.allocAs(Float64Array, size), 'ERR_HEAP_EXHAUSTED');
    }
    expect({ ...liveFigures(heap), allocated: arena.allocatedBytes }).toEqual(figures);
    expect(allWhole(heap, pieces)).toBe(true);
    arena.dispose();
    expectSound(heap);
    expectWorking(heap);
  });

  test('fills its heap to the end, throws, and gives all of it back', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB });
    const arena = heap.arena();
    expectCode(() => {
      for (;;) arena.alloc(1000);
    }, 'ERR_HEAP_EXHAUSTED');
    expect(arena.allocatedBytes).toBeGreaterThan(3 * MiB);
    expectSound(heap);
    arena.dispose();
    expect(heap.stats().liveBlocks).toBe(0);
    expectWorking(heap);
  });
});
