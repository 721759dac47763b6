import { describe, expect, test } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { fill } from '../../support/exhaust.js';
import { bufferOf } from '../../support/handles.js';
import { createHeap, expectSound, liveFigures, MiB, mustMalloc } from '../../support/heaps.js';
import { sharedMemory } from '../../support/wasm-module.js';

const numberTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;
const bigintTypes = [BigInt64Array, BigUint64Array] as const;
const types = [...numberTypes, ...bigintTypes];

/** The heap-wide views by their names, with the type and the element size that each must have. */
function wideViews(heap: Heap) {
  return [
    ['u8', heap.u8, Uint8Array],
    ['i8', heap.i8, Int8Array],
    ['u16', heap.u16, Uint16Array],
    ['i16', heap.i16, Int16Array],
    ['u32', heap.u32, Uint32Array],
    ['i32', heap.i32, Int32Array],
    ['f32', heap.f32, Float32Array],
    ['f64', heap.f64, Float64Array],
    ['u64', heap.u64, BigUint64Array],
    ['i64', heap.i64, BigInt64Array],
  ] as const;
}

describe.each(types.map((type) => [type.name, type] as const))('a %s', (_, type) => {
  test.each(['mallocAs', 'callocAs'] as const)('from %s is a view on a block', (method) => {
    const heap = createHeap();
    for (const length of [0, 1, 7, 100, 5000, 70_000]) {
      const view = heap[method](type, length);
      expect(view).toBeInstanceOf(type);
      expect(view.length).toBe(length);
      expect(view.buffer).toBe(bufferOf(heap));
      expect(heap.owns(view.byteOffset)).toBe(true);
      expect(heap.usableSize(view.byteOffset)).toBeGreaterThanOrEqual(view.byteLength);
    }
    expect(heap.stats().liveBlocks).toBe(6);
  });

  test('from callocAs is zero where dirty blocks were freed', () => {
    const heap = createHeap();
    for (const length of [1, 50, 3000, 50_000]) {
      for (let i = 0; i < 20; i++) {
        const dirty = heap.mallocAs(type, length);
        heap.u8.fill(0xff, dirty.byteOffset, dirty.byteOffset + dirty.byteLength);
        heap.free(dirty);
        const view = heap.callocAs(type, length);
        expect(Number(view.find((value) => Number(value) !== 0) ?? 0)).toBe(0);
        heap.u8.fill(0xff, view.byteOffset, view.byteOffset + view.byteLength);
        if (i % 2 === 0) heap.free(view);
      }
    }
    expectSound(heap);
  });

  test('is freed by itself, by its pointer, or by any view at its start', () => {
    const heap = createHeap();
    const neighbour = heap.mallocAs(type, 10);
    heap.free(heap.mallocAs(type, 10));
    heap.free(heap.mallocAs(type, 10).byteOffset);
    heap.free(heap.mallocAs(type, 0));
    heap.free(heap.mallocAs(type, 10).subarray(0, 3));
    heap.free(new DataView(bufferOf(heap), heap.mallocAs(type, 10).byteOffset, 1));
    expect(heap.stats().liveBlocks).toBe(1);
    const view = heap.mallocAs(type, 10);
    heap.free(view);
    expectCode(() => heap.free(view), 'ERR_DOUBLE_FREE');
    heap.free(neighbour);
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  });

  test('is refused with ERR_HEAP_EXHAUSTED where there is no room, and nothing else changes', () => {
    const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 8 * MiB });
    const kept = heap.callocAs(type, 1000);
    const figures = liveFigures(heap);
    for (const length of [8 * MiB, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      expectCode(() => heap.mallocAs(type, length), 'ERR_HEAP_EXHAUSTED');
      expectCode(() => heap.callocAs(type, length), 'ERR_HEAP_EXHAUSTED');
    }
    fill(heap, [MiB, 65536, 8192, 1024, 16]);
    const full = liveFigures(heap);
    expect(full.liveBytes).toBeGreaterThan(figures.liveBytes);
    expectCode(() => heap.mallocAs(type, 1), 'ERR_HEAP_EXHAUSTED');
    expectCode(() => heap.callocAs(type, 0), 'ERR_HEAP_EXHAUSTED');
    expect(liveFigures(heap)).toEqual(full);
    expect(kept.every((value) => Number(value) === 0)).toBe(true);
  });
});

test('a view that came as a clone frees its block, for it shows the same memory', () => {
  const heap = createHeap();
  const view = heap.mallocAs(Float64Array, 10);
  heap.free(structuredClone(view));
  expect(heap.stats().liveBlocks).toBe(0);
});

test('a view from before growth still shows its block and frees it', () => {
  const heap = createHeap({ initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
  const view = heap.mallocAs(Uint32Array, 100);
  view.fill(77);
  const grown = mustMalloc(heap, 20 * MiB);
  expect(heap.u32[view.byteOffset / 4 + 99]).toBe(77);
  heap.u32[view.byteOffset / 4] = 78;
  expect(view[0]).toBe(78);
  heap.free(view);
  heap.free(grown);
  expect(heap.stats().liveBlocks).toBe(0);
});

const kinds = [
  ['a growable heap', () => createHeap({ initialBytes: 8 * MiB, maximumBytes: 64 * MiB })],
  ['a fixed heap', () => createHeap({ initialBytes: 64 * MiB, maximumBytes: 64 * MiB })],
  [
    'a heap in a WebAssembly.Memory',
    () =>
      createHeap({
        memory: sharedMemory(8 * MiB, 64 * MiB),
        initialBytes: 8 * MiB,
        maximumBytes: 64 * MiB,
      }),
  ],
] as const;

describe.each(kinds)('the heap-wide views of %s', (_, create) => {
  test('all show the whole heap, before and after growth', () => {
    const heap = create();
    for (const size of [100, 30 * MiB]) {
      mustMalloc(heap, size);
      const { capacityBytes } = heap.stats();
      for (const [name, view, type] of wideViews(heap)) {
        expect(view, name).toBeInstanceOf(type);
        expect(view.byteOffset, name).toBe(0);
        expect(view.byteLength, name).toBe(capacityBytes);
        expect(view.buffer.byteLength, name).toBe(capacityBytes);
        expect(view.buffer, name).toBeInstanceOf(SharedArrayBuffer);
      }
    }
  });

  test('show the same bytes', () => {
    const heap = create();
    const ptr = heap.calloc(1, 8);
    heap.f64[ptr / 8] = -Math.PI;
    const bytes = new DataView(bufferOf(heap), ptr, 8);
    expect(heap.u8[ptr + 7]).toBe(bytes.getUint8(7));
    expect(heap.i8[ptr + 7]).toBe(bytes.getInt8(7));
    expect(heap.u16[ptr / 2 + 3]).toBe(bytes.getUint16(6, true));
    expect(heap.i16[ptr / 2 + 3]).toBe(bytes.getInt16(6, true));
    expect(heap.u32[ptr / 4 + 1]).toBe(bytes.getUint32(4, true));
    expect(heap.i32[ptr / 4 + 1]).toBe(bytes.getInt32(4, true));
    expect(heap.f32[ptr / 4 + 1]).toBe(bytes.getFloat32(4, true));
    expect(heap.u64[ptr / 8]).toBe(bytes.getBigUint64(0, true));
    expect(heap.i64[ptr / 8]).toBe(bytes.getBigInt64(0, true));
    expect(bytes.getFloat64(0, true)).toBe(-Math.PI);
  });
});

test('a view that is no block of this heap is named by its type', () => {
  const heap = createHeap();
  for (const view of [new Int8Array(4), new DataView(new ArrayBuffer(4))]) {
    const type = view.constructor.name;
    expect(() => {
      heap.free(view);
    }).toThrow(`a view of type ${type} is not a block: `);
  }
});
