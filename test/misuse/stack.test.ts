import { describe, expect, test } from 'vitest';
import { HELD, R_IN_HAND } from '../../src/base/offsets.js';
import { silence } from '../kill/stage.js';
import { expectSound, KiB, MiB } from '../support/heaps.js';
import { interrupt } from '../support/interrupt.js';
import { Random } from '../support/random.js';
import { debug, type DebugLibrary, production } from './support/builds.js';

// As users load it: in a module by itself every import is a call, for which there may be no stack.
const { Heap } = production.bundle;

/** Bytes of a word in every block that says whose it is. */
const WORD = 4;
/** Frames from the deepest on in which something is called. */
const FRAMES = 250;

/** Calls `work` in each of the deepest frames that the stack has, from the deepest on. */
function dive(work: () => void): void {
  let left = FRAMES;
  let overflows = 0;
  const down = (): void => {
    try {
      down();
    } catch {
      // This is the deepest frame.
    }
    if (left === 0) return;
    left--;
    try {
      work();
    } catch {
      overflows++;
    }
  };
  down();
  expect(overflows).toBeGreaterThan(0);
}

/** Blocks in use, in cells that a note of them needs no call for. */
class Notes {
  readonly ptrs = new Float64Array(20_000);
  readonly sizes = new Float64Array(20_000);
  count = 0;
  bytes = 0;
}

const SIZES: Readonly<Record<string, readonly number[]>> = {
  Tiny: [16, 48, 200, 1024],
  'Mid MT': [3000, 9000, 32_768],
  Large: [40_000, 200_000, 300_000, 900_000],
};

test.each(Object.keys(SIZES))('%s: a program that overflows its stack goes on', (tier) => {
  const sizes = SIZES[tier]!;
  const heap = Heap.create({ initialBytes: 4 * MiB, maximumBytes: 96 * MiB, prewarm: 0 });
  const random = new Random(7);
  const notes = new Notes();
  const { ptrs, sizes: bytes } = notes;
  const most = tier === 'Tiny' ? 2 * MiB : 24 * MiB;
  let growing = true;
  // Between a block and its note stands no call.
  const turn = (): void => {
    if (notes.bytes > most) growing = false;
    if (notes.count < 20) growing = true;
    for (let i = 0; i < 30; i++) {
      if (growing) {
        const size = sizes[(notes.count + i) % sizes.length]!;
        const ptr = heap.malloc(size);
        if (ptr === 0) return;
        ptrs[notes.count] = ptr;
        bytes[notes.count] = size;
        notes.count++;
        notes.bytes += size;
      } else if (notes.count > 0) {
        heap.free(ptrs[notes.count - 1]!);
        notes.count--;
        notes.bytes -= bytes[notes.count]!;
      }
    }
  };
  const flushing = (): void => {
    turn();
    heap.flush();
  };
  const resizing = (): void => {
    for (let i = 0; i < notes.count; i += 3) {
      const size = sizes[i % sizes.length]! + 16;
      const ptr = heap.realloc(ptrs[i]!, size);
      if (ptr === 0) return;
      ptrs[i] = ptr;
      bytes[i] = size;
    }
  };
  for (const [round, work] of [turn, turn, flushing, turn, resizing, turn].entries()) {
    dive(work);
    for (let i = 0; i < 10 * (round + 1); i++) turn();
    expectSound(heap);
    const { i32 } = heap;
    const live = [...ptrs.subarray(0, notes.count)];
    expect(new Set(live).size).toBe(live.length);
    for (const ptr of live) i32[ptr / WORD] = ptr ^ round;
    const others = sizes.flatMap((size) => [heap.malloc(size), heap.malloc(size)]);
    for (const ptr of others) if (ptr !== 0) heap.i32[ptr / WORD] = random.below(2 ** 30);
    for (const ptr of live) expect(i32[ptr / WORD]).toBe(ptr ^ round);
    for (const ptr of others) heap.free(ptr);
  }
  const known = new Set(ptrs.subarray(0, notes.count));
  for (const ptr of known) heap.free(ptr);
  // The new block of a realloc that could not free the old one.
  const left = [...heap.blocks()];
  expect(left.length).toBeLessThanOrEqual(FRAMES);
  for (const { ptr } of left) heap.free(ptr);
  heap.flush();
  expectSound(heap);
  expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0, slabBytesInUse: empty() });
  heap.detach();
});

/** What an empty heap has in use. */
function empty(): number {
  using heap = Heap.create({ initialBytes: 4 * MiB, maximumBytes: 96 * MiB, prewarm: 0 });
  return heap.stats().slabBytesInUse;
}

describe('the debug build: a free beneath that an error ends past its change of hands', () => {
  // For so many threads none keeps a run, so that its free changes hands by its state.
  const options = { initialBytes: 32 * MiB, maximumBytes: 32 * MiB, prewarm: 0, maxThreads: 64 };

  test('leaves the guard, which made room in the quarantine by it, with a thread', () => {
    const heap = debug.bundle.Heap.create(options);
    const ptrs = Array.from({ length: 41 }, () => heap.malloc(300 * KiB));
    const last = ptrs.pop()!;
    for (const ptr of ptrs) heap.free(ptr);
    interrupt('add', 1, () => {
      heap.free(last);
    });
    expect(heap.owns(last)).toBe(false);
    expectSound(heap);
    heap.flush();
    expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    heap.detach();
  });

  test('ends the reclaim that it is a part of, which the next call takes over', async () => {
    const heap = debug.bundle.Heap.create(options);
    const other = (await import(/* @vite-ignore */ `${debug.url}?other`)) as DebugLibrary;
    const dead = other.Heap.attach(heap.handle, { prewarm: 0 });
    const { cells, record } = dead['core'];
    const ptr = dead.malloc(300 * KiB);
    // In its hands, without a trailer: as it is about to go back beneath.
    const end = ptr / 4 + (320 * KiB) / 4;
    cells.fill(0, end - 8, end);
    cells[record + R_IN_HAND] = ptr | HELD;
    silence(dead);
    let reclaimed = false;
    interrupt('add', 1, () => {
      heap.reclaim(dead.threadId);
      reclaimed = true;
    });
    expect(reclaimed).toBe(false);
    heap.flush();
    expect(heap.stats().threads).toHaveLength(1);
    expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    expectSound(heap);
    heap.detach();
  });
});

describe('the debug build: a realloc for which there is no stack', () => {
  test.each([1000, 5000, 300_000])('leaves a block of %i bytes in use', (size) => {
    const heap = debug.bundle.Heap.create({ maximumBytes: 512 * MiB });
    heap.realloc(heap.realloc(heap.malloc(size), size), 2 * size);
    const ptrs = Array.from({ length: FRAMES }, () => heap.malloc(size));
    let next = 0;
    dive(() => {
      heap.realloc(ptrs[next++]!, size);
    });
    expect(ptrs.filter((ptr) => !heap.owns(ptr))).toEqual([]);
    for (const ptr of ptrs) heap.free(ptr);
    heap.detach();
  });
});
