import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Arena, Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, expectSound, MiB } from '../../support/heaps.js';

const maximumBytes = 32 * MiB;

describe('what the console prints', () => {
  test('of a heap is one line of figures', () => {
    const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes, maxThreads: 8 });
    const size = heap.usableSize(heap.malloc(100));
    expect(inspect(heap)).toBe(
      `Heap { threadId: 0, liveBlocks: 1, liveBytes: ${size}, capacityBytes: 4194304, maximumBytes: 33554432 }`,
    );
    expect(inspect({ deep: { down: { heap } } }, { depth: 9 })).toContain('heap: Heap { threadId');
    expectSound(heap);
  });

  test('of a detached heap says so, and leaves it what it is', () => {
    const heap = createHeap({ maximumBytes });
    heap.detach();
    expect(inspect(heap)).toBe('Heap { detached }');
    expectCode(() => heap.malloc(8), 'ERR_DETACHED');
  });

  test('of an arena is one line, and says when it is disposed or its heap detached', () => {
    const heap = createHeap({ maximumBytes });
    const arena = heap.arena();
    arena.alloc(100);
    expect(inspect(arena)).toBe('Arena { allocatedBytes: 100 }');
    arena.dispose();
    expect(inspect(arena)).toBe('Arena { detached }');
    const left = heap.arena();
    heap.detach();
    expect(inspect(left)).toBe('Arena { detached }');
  });

  test('of a handle is one line, and no part of what other threads get', () => {
    const { handle } = createHeap({ initialBytes: 4 * MiB, maximumBytes, maxThreads: 8 });
    expect(inspect(handle)).toBe("HeapHandle { kind: 'hakmem', buffer: 4194304 bytes, base: 0 }");
    expect(Object.keys(handle)).toEqual(['kind', 'buffer', 'base']);
    expect(Object.getOwnPropertySymbols(structuredClone(handle))).toEqual([]);
  });

  test('is what JSON has of a heap and of an arena', () => {
    const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes });
    const arena = heap.arena();
    expect(JSON.parse(JSON.stringify({ heap, arena }))).toEqual({
      heap: inspect(heap),
      arena: inspect(arena),
    });
    expect(Object.keys(heap)).not.toContain('toJSON');
    heap.detach();
    expect(JSON.stringify([heap, arena])).toBe('["Heap { detached }","Arena { detached }"]');
  });

  test('of what never was a heap or an arena throws nothing', () => {
    expect(inspect(Object.create(Heap.prototype))).toBe('Heap { no figures }');
    expect(inspect(Object.create(Arena.prototype))).toBe('Arena { no figures }');
  });
});
