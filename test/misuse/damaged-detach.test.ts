/** Leaving a damaged heap, in the debug build: the damage is told once, and the thread has left. */
import { describe, expect, test } from 'vitest';
import { slowOf } from '../../src/base/class-cells.js';
import { recordsEnd } from '../../src/base/geometry.js';
import { SLAB_CELLS, SLAB_SHIFT, TRAILER_BYTES } from '../../src/base/layout.js';
import { D_LOCAL, D_REMOTE, S_LIMIT } from '../../src/base/offsets.js';
import { classOf } from '../../src/base/sizeclass.js';
import type { Heap } from '../../src/debug.js';
import { descriptorOf } from '../../src/superslab/slab.js';
import { expectSound, MiB, mustMalloc } from '../support/heaps.js';
import { debug, type DebugLibrary } from './support/builds.js';
import { errorOf, set } from './support/debug-heap.js';

const { Heap: Made } = debug.bundle;

function createHeap(maxThreads = 4): Heap {
  return Made.create({ maximumBytes: 16 * MiB, maxThreads, prewarm: 0 });
}

/** Another thread of the heap. */
async function enter(heap: Heap): Promise<Heap> {
  const other = (await import(/* @vite-ignore */ `${debug.url}?other`)) as DebugLibrary;
  other.debugSettings.onLeaks = undefined;
  return other.Heap.attach(heap.handle, { prewarm: 0 });
}

/** Detaches a heap that is damaged; its error, after which the thread has left. */
function leave(heap: Heap): ReturnType<typeof errorOf> {
  const error = errorOf(() => heap.detach());
  expect(heap.attached).toBe(false);
  expect(errorOf(() => heap.detach()).code).toBe('ERR_DETACHED');
  expect(() => heap[Symbol.dispose]()).not.toThrow();
  return error;
}

/** The thread comes back under the number that it had. */
function comeBack(heap: Heap): Heap {
  const again = Made.attach(heap.handle, { prewarm: 0 });
  expect(again).not.toBe(heap);
  expect(again.threadId).toBe(heap.threadId);
  return again;
}

/** Blocks in this thread's quarantine, each written to since. */
function damageFreed(heap: Heap, count: number): number[] {
  const ptrs = Array.from({ length: count }, () => mustMalloc(heap, 100));
  for (const ptr of ptrs) heap.free(ptr);
  for (const ptr of ptrs) heap.u8[ptr + 10] = 1;
  return ptrs;
}

/** This thread's cache takes no block of a size any more once it is full. */
function damageCache(heap: Heap, size: number): void {
  const { cells, record } = heap['core'];
  cells[slowOf(record, classOf(size + TRAILER_BYTES)) + S_LIMIT] = -1;
}

const CACHE_DAMAGED = {
  code: 'ERR_DAMAGED_HEAP',
  message: expect.stringMatching(/cache of class/),
};

test.each([1, 5])('with %i freed blocks that were written to tells of the first', (count) => {
  const heap = createHeap(1);
  const ptrs = damageFreed(heap, count);
  expect(leave(heap)).toMatchObject({ code: 'ERR_WRITE_AFTER_FREE', history: { ptr: ptrs[0] } });
  const again = comeBack(heap);
  // What was not told of yet is told to whoever empties the quarantine that is left.
  for (const ptr of ptrs.slice(1)) {
    expect(errorOf(() => again.flush())).toMatchObject({ history: { ptr } });
  }
  again.flush();
  expect(again.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
  expectSound(again);
  again.detach();
});

test('tells of its leaks too', () => {
  const reports: number[] = [];
  set({ onLeaks: ({ blocks }) => void reports.push(blocks) });
  const heap = createHeap();
  mustMalloc(heap, 1000);
  damageFreed(heap, 1);
  expect(leave(heap).code).toBe('ERR_WRITE_AFTER_FREE');
  expect(reports).toEqual([1]);
});

test('where the table of call sites was written to tells of a block without its sites', () => {
  const heap = createHeap();
  const [ptr] = damageFreed(heap, 1);
  const { cells, geometry } = heap['core'];
  const { records, maxThreads, recordCells } = geometry;
  const table = recordsEnd(records, maxThreads, recordCells) * SLAB_CELLS;
  expect(cells.subarray(table, table + 4000).some((cell) => cell !== 0)).toBe(true);
  cells.fill(0x7ffffff0, table + 16, table + 4000);
  expect(leave(heap)).toMatchObject({
    code: 'ERR_WRITE_AFTER_FREE',
    history: { ptr, freed: { site: '' } },
  });
});

describe('in a heap whose cache does not take what leaves the quarantine', () => {
  test('flush tells of each block once, and another thread brings them back', async () => {
    const heap = createHeap();
    const ptrs = Array.from({ length: 200 }, () => mustMalloc(heap, 100));
    for (const ptr of ptrs) heap.free(ptr);
    damageCache(heap, 100);
    let told = 0;
    for (let turn = 0; turn < 2 * ptrs.length; turn++) {
      try {
        heap.flush();
        break;
      } catch (error) {
        expect(error).toMatchObject(CACHE_DAMAGED);
        told++;
      }
    }
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(ptrs.length);
    expect([...heap.blocks()]).toEqual([]);
    const other = await enter(heap);
    other.flush();
    expect(other.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    other.detach();
    heap.flush();
    expectSound(heap);
    heap.detach();
  });

  test('a free tells of each block that has to leave once', () => {
    set({ quarantineBlocks: 100 });
    const heap = createHeap();
    const ptrs = Array.from({ length: 200 }, () => mustMalloc(heap, 100));
    for (const ptr of ptrs.slice(0, 100)) heap.free(ptr);
    damageCache(heap, 100);
    let told = 0;
    for (const ptr of ptrs.slice(100)) {
      while (heap.owns(ptr) && told < 1000) {
        try {
          heap.free(ptr);
        } catch (error) {
          expect(error).toMatchObject(CACHE_DAMAGED);
          told++;
        }
      }
    }
    expect([...heap.blocks()]).toEqual([]);
    expect(told).toBeLessThan(ptrs.length);
    expect(leave(heap)).toMatchObject(CACHE_DAMAGED);
    const again = comeBack(heap);
    again.flush();
    expectSound(again);
    expect(again.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    again.detach();
  });

  test('detach tells of the first', () => {
    const heap = createHeap(1);
    const ptrs = Array.from({ length: 200 }, () => mustMalloc(heap, 100));
    for (const ptr of ptrs) heap.free(ptr);
    damageCache(heap, 100);
    expect(leave(heap)).toMatchObject(CACHE_DAMAGED);
    const again = comeBack(heap);
    again.flush();
    expectSound(again);
    expect(again.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    again.detach();
  });
});

test('with a slab that cannot be given back frees the record', () => {
  const heap = createHeap(1);
  const { cells } = heap['core'];
  const d = descriptorOf(mustMalloc(heap, 100) >>> SLAB_SHIFT);
  // A block that the owner and another thread gave back.
  cells[d + D_LOCAL] |= 1;
  cells[d + D_REMOTE] |= 1;
  const error = leave(heap);
  expect(error.code).toBe('ERR_BROKEN_INVARIANT');
  expect(error.message).toMatch(/free twice/);
  const again = comeBack(heap);
  expect(again.malloc(5000)).toBeGreaterThan(0);
  expect(again.verify().ok).toBe(false);
  // The slab is nobody's, so the thread leaves as from a whole heap.
  again.detach();
});
