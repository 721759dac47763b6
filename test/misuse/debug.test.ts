import { SLAB_BYTES } from '../../src/base/layout.js';
import { expect, test, describe } from 'vitest';
import type { Heap } from '../../src/debug.js';
import { bufferOf } from '../support/handles.js';
import { expectSound, expectWorking, KiB, MiB, mustMalloc } from '../support/heaps.js';
import { isZero } from '../support/pattern.js';
import { type Build, debug, type DebugLibrary, production } from './support/builds.js';
import { createHeap, errorOf, set } from './support/debug-heap.js';
import { Thread } from './support/thread.js';

const { Heap: Made, debugSettings } = debug.bundle;
const build = debug as unknown as Build;

const sizes = [0, 1, 3, 16, 17, 100, 1000, 5000, 40_000, 200_000, 300_000, 3 * MiB];

describe.each(sizes)('a block of %i bytes', (size) => {
  test.each([0, 1, 7, 20])('written %i bytes behind its end is found at free', (beyond) => {
    const heap = createHeap();
    const ptr = mustMalloc(heap, size);
    heap.u8[ptr + size + beyond]! ^= 0x55;
    const { problems } = heap.verify();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`the block at ${ptr}`);
    const error = errorOf(() => heap.free(ptr));
    expect(error.code).toBe('ERR_BLOCK_OVERRUN');
    expect(error.history).toMatchObject({ ptr });
    // Told once; the block is whole again and in use.
    expectSound(heap);
    expect(heap.owns(ptr)).toBe(true);
    heap.free(ptr);
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test('written by realloc, usableSize and a long run over the end is found as well', () => {
    const heap = createHeap();
    for (const call of [
      (ptr: number) => heap.realloc(ptr, size + 10),
      (ptr: number) => heap.usableSize(ptr),
    ]) {
      const ptr = mustMalloc(heap, size);
      heap.u8.fill(0, ptr + size, ptr + size + 24);
      expect(errorOf(() => call(ptr)).code).toBe('ERR_BLOCK_OVERRUN');
      heap.free(ptr);
    }
  });

  test('written to before its start is found as damage of the block before it', () => {
    const heap = createHeap({ prewarm: 0 });
    const [before, ptr] = [mustMalloc(heap, size), mustMalloc(heap, size)].sort((a, b) => a - b);
    heap.u8[ptr! - 1]! ^= 1;
    const { problems } = heap.verify();
    const adjacent = problems.length > 0;
    // Large blocks of whole SuperSlabs may stand apart.
    if (size <= 40_000) expect(adjacent).toBe(true);
    if (adjacent) {
      expect(problems.join()).toContain(`the block at ${before}`);
      expect(errorOf(() => heap.free(before!)).code).toBe('ERR_BLOCK_OVERRUN');
    }
    heap.free(before!);
    heap.free(ptr!);
  });

  test('written to after free is found by verify and when it leaves the quarantine', () => {
    set({ quarantineBytes: 4 * MiB });
    const heap = createHeap();
    const ptr = mustMalloc(heap, size);
    heap.free(ptr);
    // The first byte behind a block of 0 bytes is a guard.
    const last = Math.max(0, size - 1);
    heap.u8[ptr + last]! ^= 1;
    expect(heap.verify().problems.join()).toContain(`the free block at ${ptr} was written to`);
    const error = errorOf(() => heap.flush());
    expect(error).toMatchObject({ code: 'ERR_WRITE_AFTER_FREE', history: { ptr, size } });
    expect(error.history!.freed).toMatchObject({ threadId: heap.threadId });
    heap.flush();
    expectSound(heap);
  });

  test('is filled at malloc, zero from calloc, and its size is what was asked for', () => {
    const heap = createHeap();
    for (let round = 0; round < 3; round++) {
      const ptr = mustMalloc(heap, size);
      expect(heap.usableSize(ptr)).toBe(size);
      const edges = [...heap.u8.subarray(ptr, ptr + Math.min(size, 64 * KiB))];
      expect(edges.every((byte) => byte === 0xd0)).toBe(true);
      const zero = heap.calloc(1, size);
      expect(isZero(heap, zero, size)).toBe(true);
      heap.free(ptr);
      heap.free(zero);
    }
  });
});

test('a write after free is found at reuse, when the block has left the quarantine', () => {
  set({ quarantineBlocks: 1 });
  const heap = createHeap({ prewarm: 0 });
  const ptrs = Array.from({ length: 20 }, () => mustMalloc(heap, 100));
  for (const ptr of ptrs) heap.free(ptr);
  heap.u8[ptrs[3]! + 50] = 1;
  let found: string[] = [];
  const again: number[] = [];
  while (again.length < 40) {
    try {
      again.push(mustMalloc(heap, 100));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_WRITE_AFTER_FREE', history: { ptr: ptrs[3] } });
      found = [...found, 'once'];
    }
  }
  expect(found).toEqual(['once']);
  for (const ptr of again) heap.free(ptr);
});

describe('the history in an error', () => {
  function allocateHere(heap: Heap): number {
    return heap.malloc(48);
  }
  function freeHere(heap: Heap, ptr: number): void {
    heap.free(ptr);
  }

  test('names the functions that allocated and freed the block', () => {
    const heap = createHeap();
    const ptr = allocateHere(heap);
    freeHere(heap, ptr);
    const error = errorOf(() => heap.free(ptr));
    expect(error.code).toBe('ERR_DOUBLE_FREE');
    expect(error.history!.allocated!.site).toMatch(/^allocateHere .*debug\.test\.ts:\d+/);
    expect(error.history!.freed!.site).toMatch(/^freeHere /);
    expect(error.message).toMatch(
      /allocated by thread 0\n\s+allocateHere[^]*freed by thread 0\n\s+freeHere/,
    );
  });

  test('starts with the program for views and arenas too', () => {
    const heap = createHeap();
    function viewHere(): Float64Array {
      return heap.mallocAs(Float64Array, 4);
    }
    const view = viewHere();
    heap.free(view);
    expect(errorOf(() => heap.free(view)).history!.allocated!.site).toMatch(/^viewHere /);
    function arenaHere(): number {
      return heap.arena().alloc(8);
    }
    arenaHere();
    expect(heap.leaks().groups[0]!.site).toMatch(/^arenaHere /);
    for (const { ptr } of [...heap.blocks()]) heap.free(ptr);
  });

  test('leaves frames of Node out, where there are others', async () => {
    const heap = createHeap();
    await new Promise<void>((resolve) => {
      setTimeout(function inTimer() {
        heap.malloc(48);
        resolve();
      });
    });
    const { site } = heap.leaks().groups[0]!;
    expect(site).toMatch(/inTimer .*debug\.test\.ts:\d+/);
    expect(site).not.toContain('node:');
    await new Promise<void>((resolve) => {
      setTimeout(heap.malloc.bind(heap), 0, 480);
      setTimeout(resolve, 1);
    });
    expect(heap.leaks().groups[0]).toMatchObject({ bytes: 480 });
    expect(heap.leaks().groups[0]!.site).toContain('node:');
    for (const { ptr } of [...heap.blocks()]) heap.free(ptr);
  });

  test('is there when another thread freed the block, and for its own blocks here', async () => {
    const heap = createHeap();
    const thread = new Thread(build, heap);
    const ptr = allocateHere(heap);
    expect(await thread.call('free', [ptr])).toEqual(['no error']);
    const mine = errorOf(() => heap.free(ptr)).history!;
    expect(mine.allocated).toMatchObject({ threadId: 0 });
    expect(mine.freed!.threadId).toBe(1);
    expect(mine.freed!.site).toContain('thread.worker');
    const [theirs] = await thread.call('malloc', 100, 1);
    heap.u8[theirs! + 100] = 0;
    const overrun = errorOf(() => heap.free(theirs!));
    expect(overrun.code).toBe('ERR_BLOCK_OVERRUN');
    expect(overrun.history!.allocated!.threadId).toBe(1);
    expect(overrun.history!.allocated!.site).toContain('thread.worker');
    heap.free(theirs!);
    await thread.call('detach');
  });

  test('tells which block an inner pointer lies in', () => {
    const heap = createHeap();
    const ptr = allocateHere(heap);
    const error = errorOf(() => heap.free(ptr + 16));
    expect(error).toMatchObject({ code: 'ERR_INVALID_POINTER', history: { ptr, size: 48 } });
    expect(error.message).toContain('16 bytes into the block');
    heap.free(ptr);
  });

  test.each([100_000, 300_000, 5_000_000])(
    'also into one of %i bytes, in each of its slabs',
    (size) => {
      const heap = createHeap();
      const ptr = heap.malloc(size);
      for (let inside = 16; inside < size; inside += SLAB_BYTES) {
        const error = errorOf(() => heap.free(ptr + inside));
        expect(error).toMatchObject({ code: 'ERR_INVALID_POINTER', history: { ptr, size } });
        expect(error.message).toContain(`${inside} bytes into the block`);
      }
      heap.free(ptr);
    },
  );

  test('has threads only when no frames are recorded', () => {
    set({ stackFrames: 0 });
    const heap = createHeap();
    const ptr = allocateHere(heap);
    heap.free(ptr);
    expect(errorOf(() => heap.free(ptr)).history!.allocated).toEqual({ threadId: 0, site: '' });
  });
});

describe('the quarantine', () => {
  test('keeps a block from reuse until as many others were freed', () => {
    set({ quarantineBlocks: 50 });
    const heap = createHeap({ prewarm: 0 });
    const ptr = mustMalloc(heap, 64);
    heap.free(ptr);
    for (let i = 0; i < 49; i++) {
      const other = mustMalloc(heap, 64);
      expect(other).not.toBe(ptr);
      heap.free(other);
    }
    expect(errorOf(() => heap.free(ptr)).code).toBe('ERR_DOUBLE_FREE');
    const seen = Array.from({ length: 200 }, () => {
      const other = mustMalloc(heap, 64);
      heap.free(other);
      return other;
    });
    expect(seen).toContain(ptr);
  });

  test('is bounded in bytes, and gives way when the heap is exhausted', () => {
    set({ quarantineBytes: 8 * MiB, quarantineBlocks: 1e6 });
    const heap = createHeap({ maximumBytes: 8 * MiB, maxThreads: 2 });
    const fill = (): number[] => {
      const ptrs: number[] = [];
      for (let ptr = heap.malloc(1000); ptr !== 0; ptr = heap.malloc(1000)) ptrs.push(ptr);
      return ptrs;
    };
    const first = fill();
    for (const ptr of first) heap.free(ptr);
    expect(heap.stats()).toMatchObject({ liveBlocks: 0, liveBytes: 0 });
    expect(heap.stats().cachedBytes).toBeGreaterThan(4 * MiB);
    const second = fill();
    expect(second.length).toBe(first.length);
    for (const ptr of second) heap.free(ptr);
    expect(heap.malloc(3 * MiB)).toBeGreaterThan(0);
    heap.flush();
    expect(heap.stats().liveBlocks).toBe(1);
  });

  test('has no part in a run that a thread is about to hand out', async () => {
    const heap = createHeap({ maximumBytes: 16 * MiB });
    const { Heap: Others } = (await import(
      /* @vite-ignore */ `${debug.url}?other`
    )) as DebugLibrary;
    const other = Others.attach(heap.handle, { prewarm: 0 });
    // Room for one of these at a time.
    const ptr = mustMalloc(heap, 9 * MiB);
    heap.free(ptr);
    heap.flush();
    // Another thread inside malloc: the allocator beneath has given the run, nobody dressed it yet.
    const beneath = Object.getPrototypeOf(Object.getPrototypeOf(other)) as Heap;
    expect(beneath.malloc.call(other, 9 * MiB + 32)).toBe(ptr);
    heap.flush();
    expect(heap.blocks().next().value).toMatchObject({ ptr });
    beneath.free.call(other, ptr);
    other.detach();
  });

  test("gives a dead thread's blocks to whoever runs out of memory", async () => {
    const heap = createHeap({ maximumBytes: 8 * MiB, maxThreads: 2 });
    const thread = new Thread(build, heap);
    const ptrs = await thread.call('malloc', 2000, 1000);
    await thread.call('free', ptrs);
    await thread.end();
    heap.reclaim(1);
    expect(heap.stats().liveBlocks).toBe(0);
    expectSound(heap);
    heap.flush();
    const large = mustMalloc(heap, 4 * MiB);
    for (const ptr of ptrs.filter((ptr) => ptr !== large)) {
      expect(['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE']).toContain(
        errorOf(() => heap.free(ptr)).code,
      );
    }
    heap.free(large);
  });
});

test('builds refuse each other’s heaps', () => {
  const plain = production.bundle.Heap.create({ maximumBytes: 16 * MiB });
  const watched = createHeap({ maximumBytes: 16 * MiB });
  const refused = (attach: () => unknown): unknown => {
    try {
      return attach();
    } catch (error) {
      return error;
    }
  };
  const code = 'ERR_INCOMPATIBLE_HEAP';
  expect(refused(() => Made.attach(plain.handle))).toMatchObject({ code });
  expect(refused(() => production.bundle.Heap.attach(watched.handle))).toMatchObject({ code });
  expectWorking(watched);
  plain.detach();
});

test('a realloc keeps contents, sizes and canaries, in place and moved', () => {
  const heap = createHeap();
  let ptr = mustMalloc(heap, 10);
  let size = 10;
  heap.u8.fill(7, ptr, ptr + size);
  for (const next of [11, 9, 100, 5000, 4990, 300_000, 400_000, 350_000, 5, 0, 1, 2 * MiB, 3]) {
    const kept = Math.min(size, next);
    const first = heap.u8.slice(ptr, ptr + kept);
    ptr = heap.realloc(ptr, next);
    expect(heap.usableSize(ptr)).toBe(next);
    expect(heap.u8.slice(ptr, ptr + kept)).toEqual(first);
    heap.u8.fill(7, ptr, ptr + next);
    size = next;
    expectSound(heap);
  }
  heap.free(ptr);
  expect(bufferOf(heap).byteLength).toBeGreaterThan(0);
});

test('a misspelt setting is refused', () => {
  expect(() => Object.assign(debugSettings, { onleaks: undefined })).toThrow(/not extensible/);
  set({ leaksAt: 'every detach' });
  expect(debugSettings.leaksAt).toBe('every detach');
});

describe('a setting refuses what it does not take, and stays as it was:', () => {
  const counts = [-1, 0.5, NaN, Infinity, 2 ** 53, '8', null, true, {}];
  const bad: Record<keyof typeof debugSettings, unknown[]> = {
    quarantineBlocks: [...counts, undefined],
    quarantineBytes: counts,
    stackFrames: [...counts, undefined, 101],
    onLeaks: [null, 0, 'console', {}],
    leaksAt: [undefined, null, 'detach', 0],
  };
  test.each(Object.entries(bad))('%s', (name, values) => {
    const before = { ...debugSettings };
    for (const value of values) {
      const error = errorOf(() => Object.assign(debugSettings, { [name]: value }));
      expect(error.code).toBe('ERR_INVALID_OPTION');
      expect(error.message).toContain(`debugSettings.${name}`);
    }
    expect(debugSettings).toEqual(before);
    expect(Object.keys(debugSettings)).toEqual(Object.keys(bad));
  });

  test('what it takes is in force', () => {
    const onLeaks = () => undefined;
    const given = { quarantineBlocks: 0, quarantineBytes: 2 ** 20, stackFrames: 100, onLeaks };
    set(given);
    expect(debugSettings).toMatchObject(given);
    set({ quarantineBytes: undefined, onLeaks: undefined, stackFrames: 0 });
    expect(debugSettings.quarantineBytes).toBeUndefined();
    expect(debugSettings.onLeaks).toBeUndefined();
  });
});
