import { describe, expect, test } from 'vitest';
import { codeOf } from '../../support/errors.js';
import { fill } from '../../support/exhaust.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';
import { withoutQuarantine } from '../../support/quarantine.js';
import { instantiate, sharedMemory } from '../../support/wasm-module.js';

const kinds = [
  [
    'of a shared buffer',
    () => createHeap({ initialBytes: 8 * MiB, maximumBytes: 64 * MiB, maxThreads: 4 }),
  ],
  [
    'of a WebAssembly.Memory',
    () =>
      createHeap({
        memory: sharedMemory(8 * MiB, 64 * MiB),
        initialBytes: 8 * MiB,
        maximumBytes: 64 * MiB,
        maxThreads: 4,
      }),
  ],
] as const;

describe.each(kinds)('growth %s', (_, create) => {
  test('keeps pointers and contents, and goes on to the maximum', () => {
    const heap = create();
    expect(heap.u8.length).toBe(8 * MiB);
    const blocks = [];
    for (let tag = 0; ; tag++) {
      const size = (tag * 40_503) % 300_000;
      const ptr = heap.malloc(size);
      if (ptr === 0) break;
      fillPattern(heap, ptr, size, tag);
      blocks.push({ ptr, size, tag });
    }
    expect(heap.u8.length).toBe(64 * MiB);
    expect(heap.stats().growths).toBeGreaterThan(0);
    expect(heap.stats().liveBytes).toBeGreaterThan(45 * MiB);
    expect(blocks.every(({ ptr, size, tag }) => hasPattern(heap, ptr, size, tag))).toBe(true);
    expectSound(heap);
    for (const { ptr } of blocks) heap.free(ptr);
    expectWorking(heap);
  });

  test('happens for one block that is larger than all there is', () => {
    const heap = create();
    const ptr = mustMalloc(heap, 50 * MiB);
    heap.u8[ptr + 50 * MiB - 1] = 1;
    expect(heap.u8.length).toBeGreaterThan(50 * MiB);
    expectSound(heap);
  });

  test('happens within realloc, calloc, memalign, mallocAs and an arena', () => {
    for (const allocate of [
      (heap: ReturnType<typeof create>) => heap.realloc(mustMalloc(heap, 100), 20 * MiB),
      (heap: ReturnType<typeof create>) => heap.calloc(20, MiB),
      (heap: ReturnType<typeof create>) => heap.memalign(65536, 20 * MiB),
      (heap: ReturnType<typeof create>) => heap.mallocAs(Float64Array, 2.5 * MiB).byteOffset,
      (heap: ReturnType<typeof create>) => heap.arena().alloc(20 * MiB),
    ]) {
      const heap = create();
      const ptr = allocate(heap);
      heap.u8[ptr + 20 * MiB - 1] = 9;
      expect(heap.u8[ptr + 20 * MiB - 1]).toBe(9);
      expect(heap.stats().growths).toBeGreaterThan(0);
      expectSound(heap);
    }
  });

  test('does not happen while there is room', () => {
    withoutQuarantine();
    const heap = create();
    for (let i = 0; i < 30_000; i++) heap.free(mustMalloc(heap, (i * 31) % 200_000));
    expect(heap.stats().growths).toBe(0);
  });
});

describe('a heap in a WebAssembly.Memory', () => {
  test('lives in that memory and shares its bytes with wasm, both ways', () => {
    const memory = sharedMemory(8 * MiB, 64 * MiB);
    const wasm = instantiate(memory);
    const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
    expect(heap.u8.buffer).toBe(memory.buffer);
    for (const size of [10, 1000, 20_000, 500_000]) {
      const ptr = mustMalloc(heap, size);
      heap.u8.fill(3, ptr, ptr + size);
      expect(wasm.sum(ptr, size)).toBe(3 * size);
      wasm.store(ptr, size, 200);
      expect(heap.u8.subarray(ptr, ptr + size).every((byte) => byte === 200)).toBe(true);
    }
    expectSound(heap);
  });

  test('grows for wasm too, and blocks beyond the old end are shared', () => {
    const memory = sharedMemory(8 * MiB, 64 * MiB);
    const wasm = instantiate(memory);
    const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
    const ptrs = fill(heap, [MiB]);
    expect(wasm.pages() * 65536).toBe(heap.u8.length);
    const last = Math.max(...ptrs);
    expect(last).toBeGreaterThan(8 * MiB);
    wasm.store(last, MiB, 1);
    expect(heap.u8[last + MiB - 1]).toBe(1);
    expect(wasm.sum(last, MiB)).toBe(MiB);
  });

  test('goes on when wasm or its owner has grown the memory', () => {
    const memory = sharedMemory(8 * MiB, 64 * MiB);
    const wasm = instantiate(memory);
    const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
    const before = mustMalloc(heap, 1000);
    expect(wasm.grow(64)).toBe(128);
    expectSound(heap);
    memory.grow(64);
    const ptrs = fill(heap, [MiB, 100_000]);
    expect(ptrs.length).toBeGreaterThan(40);
    expectSound(heap);
    for (const ptr of [...ptrs, before]) heap.free(ptr);
    expectWorking(heap);
  });

  test('knows no block behind its maximum, however long the memory is', () => {
    const memory = sharedMemory(32 * MiB, 64 * MiB);
    const heap = createHeap({ memory, initialBytes: 16 * MiB, maximumBytes: 16 * MiB });
    const sizes = [100, 20_000, 200 * KiB, 300 * KiB, MiB];
    const ptrs = [...sizes, ...sizes].map((size) => mustMalloc(heap, size));
    const takes = (ptr: number): boolean =>
      heap.owns(ptr) || codeOf(() => heap.free(ptr)) !== 'ERR_INVALID_POINTER';
    const taken: number[] = [];
    for (const end of [32 * MiB, 48 * MiB]) {
      if (end > memory.buffer.byteLength) memory.grow((end - memory.buffer.byteLength) / 65536);
      for (let ptr = 16 * MiB; ptr < end; ptr += 4096) if (takes(ptr)) taken.push(ptr);
    }
    expect(taken).toEqual([]);
    for (const ptr of ptrs) heap.free(ptr);
    expectWorking(heap);
  });

  test('grows a memory that is smaller than initialBytes', () => {
    const memory = sharedMemory(65536, 64 * MiB);
    const heap = createHeap({ memory, initialBytes: 16 * MiB, maximumBytes: 64 * MiB });
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(16 * MiB);
    expect(heap.stats().growths).toBe(0);
    expectWorking(heap);
  });
});
