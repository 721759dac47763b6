import { describe, expect, test } from 'vitest';
import { silence } from '../kill/stage.js';
import { expectSound, KiB, MiB } from '../support/heaps.js';
import { interrupt } from '../support/interrupt.js';
import { Random } from '../support/random.js';
import { builds, debug, type DebugLibrary, production } from './support/builds.js';

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
  // Told by loads, since there may be no stack for a call.
  let other: unknown;
  const down = (): void => {
    try {
      down();
    } catch (error) {
      // This is the deepest frame.
      if ((error as Error).constructor !== RangeError) other = error;
    }
    if (left === 0) return;
    left--;
    try {
      work();
    } catch (error) {
      if ((error as Error).constructor !== RangeError) other = error;
      overflows++;
    }
  };
  down();
  expect(other).toBe(undefined);
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

/** Errors of others, which have a code as those of the library do. */
const coded = Object.assign(new Error('of the host'), { code: 'ERR_OUT_OF_RANGE' });
const throwing = Object.defineProperty(new Error('of a program'), 'code', {
  get(): never {
    throw new TypeError('a getter');
  },
});

test.each([
  null,
  undefined,
  'no error',
  coded,
  throwing,
  new DOMException('of the platform', 'DataCloneError'),
])('a call that ends with %s in the middle', (thrown) => {
  const heap = Heap.create({ maximumBytes: 64 * MiB, prewarm: 0 });
  const { freeSlabs } = heap.verify();
  const { store } = Atomics;
  const failing = (): never => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as a program's own code may
    throw thrown;
  };
  Object.assign(Atomics, { store: failing });
  let caught: unknown = 0;
  try {
    heap.malloc(300 * KiB);
  } catch (error) {
    caught = error;
  } finally {
    Object.assign(Atomics, { store });
  }
  expect(caught).toBe(thrown);
  heap.flush();
  expectSound(heap);
  expect(heap.verify().freeSlabs).toBe(freeSlabs);
  heap.detach();
});

test.each(builds)('the $name build: owns answers where there is no stack to go on', (build) => {
  const heap = build.bundle.Heap.create({ maximumBytes: 64 * MiB, prewarm: 0 });
  const ptr = heap.malloc(100);
  interrupt('compareExchange', 2, () => {
    heap.malloc(300 * KiB);
  });
  const answers: boolean[] = [];
  interrupt('load', 1, () => {
    answers.push(heap.owns(ptr));
  });
  answers.push(heap.owns(ptr));
  expect(answers).toEqual([false, true]);
  heap.detach();
});

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

describe('the debug build: a call that an error ends with a block of its user in its hands', () => {
  const { Heap: Guarded } = debug.bundle;
  type Operation = Parameters<typeof interrupt>[0];

  test.each<[what: string, from: number, to: number, operation: Operation, turn: number]>([
    ['at its last step', 100, 101, 'store', 1],
    ['at its last step', 300_000, 300_001, 'store', 1],
    ['before it is held', 300_000, 500_000, 'compareExchange', 2],
    ['before its run is taken', 300_000, 500_000, 'compareExchange', 3],
    ['before slabs are added', 300_000, 500_000, 'compareExchange', 4],
    ['where slabs are added', 300_000, 500_000, 'store', 2],
    ['before its run is taken', 900_000, 400_000, 'compareExchange', 3],
    ['where its run is cut', 900_000, 400_000, 'store', 2],
  ])(
    'a resize %s, from %i to %i bytes, leaves it as it was',
    (_what, from, to, operation, turn) => {
      const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
      // Behind the block is room to grow.
      const [ptr, other] = [heap.malloc(from), heap.malloc(100)];
      const { u8 } = heap;
      const ends = [0, 1, from - 2, from - 1];
      for (const at of ends) u8[ptr + at] = at % 251;
      let resized = 0;
      interrupt(operation, turn, () => {
        resized = heap.realloc(ptr, to);
      });
      expect(resized).toBe(0);
      heap.flush();
      expect(heap.owns(ptr)).toBe(true);
      expect(heap.usableSize(ptr)).toBe(from);
      const others = Array.from({ length: 40 }, () => heap.malloc(from));
      expect(others).not.toContain(ptr);
      for (const at of ends) expect(u8[ptr + at]).toBe(at % 251);
      expectSound(heap);
      expect(heap.realloc(ptr, to)).toBeGreaterThan(0);
      for (const block of [other, ...others]) heap.free(block);
      expect(heap.leaks().blocks).toBe(1);
      heap.detach();
    },
  );

  test.each<[number, Operation, number]>([
    [100, 'store', 1],
    [9000, 'store', 1],
    [300_000, 'store', 1],
    // No quarantine takes it: it goes back beneath, without its trailer.
    [40 * MiB, 'compareExchange', 3],
  ])('a free of %i bytes has been (%s %i)', (size, operation, turn) => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const ptr = heap.malloc(size);
    interrupt(operation, turn, () => {
      heap.free(ptr);
    });
    expect(() => {
      heap.free(ptr);
    }).toThrow('is free already');
    expect([...heap.blocks()]).toEqual([]);
    expectSound(heap);
    heap.flush();
    expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
    heap.detach();
  });

  test('a free before it is held leaves it in use', () => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const ptr = heap.malloc(100);
    interrupt('compareExchange', 2, () => {
      heap.free(ptr);
    });
    expect(heap.owns(ptr)).toBe(true);
    heap.free(ptr);
    heap.detach();
  });

  test('a free that does not get to the quarantine has been', () => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const ptr = heap.malloc(100);
    const built = Reflect.get(Array.prototype, 'push') as (...items: unknown[]) => number;
    const failing = function (this: unknown[], ...items: unknown[]): number {
      const [item] = items;
      if (typeof item === 'object' && item && 'address' in item) {
        throw new RangeError('Maximum call stack size exceeded');
      }
      return built.apply(this, items);
    };
    Object.assign(Array.prototype, { push: failing });
    try {
      heap.free(ptr);
    } finally {
      Object.assign(Array.prototype, { push: built });
    }
    expect(heap.owns(ptr)).toBe(false);
    expectSound(heap);
    heap.detach();
  });

  test.each<[string, (heap: ReturnType<typeof Guarded.create>) => number]>([
    ['malloc', (heap) => heap.malloc(200)],
    ['calloc', (heap) => heap.calloc(1, 200)],
    ['memalign', (heap) => heap.memalign(64, 200)],
  ])('a %s after it is told of with the thread that made it', (_name, take) => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const { stackFrames } = debug.bundle.debugSettings;
    // Or the call site would be noted by the operation that is interrupted.
    debug.bundle.debugSettings.stackFrames = 0;
    try {
      interrupt('compareExchange', 1, () => {
        heap.malloc(300 * KiB);
      });
    } finally {
      debug.bundle.debugSettings.stackFrames = stackFrames;
    }
    expect(heap['core'].thread).toBeLessThan(0);
    take(heap);
    expect(heap.leaks({ threadId: heap.threadId }).blocks).toBe(1);
    heap.detach();
  });

  test('a reclaim after it does not take the block from its user', async () => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const other = (await import(/* @vite-ignore */ `${debug.url}?dead`)) as DebugLibrary;
    const dead = other.Heap.attach(heap.handle, { prewarm: 0 });
    const [ptr, theirs] = [heap.malloc(300_000), dead.malloc(100)];
    interrupt('store', 1, () => {
      dead.free(theirs);
    });
    silence(dead);
    interrupt('compareExchange', 3, () => {
      heap.realloc(ptr, 500_000);
    });
    heap.reclaim(dead.threadId);
    expect(heap.owns(theirs)).toBe(false);
    expect(heap.usableSize(ptr)).toBe(300_000);
    heap.free(ptr);
    heap.flush();
    expect(heap.stats().liveBlocks).toBe(0);
    heap.detach();
  });

  test('a resize in onLeaks leaves it in use when the thread detaches', async () => {
    const heap = Guarded.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    const other = (await import(/* @vite-ignore */ `${debug.url}?stays`)) as DebugLibrary;
    const stays = other.Heap.attach(heap.handle, { prewarm: 0 });
    const ptr = heap.malloc(300_000);
    const { debugSettings } = debug.bundle;
    debugSettings.leaksAt = 'every detach';
    debugSettings.onLeaks = () => {
      interrupt('store', 1, () => {
        heap.realloc(ptr, 300_001);
      });
    };
    try {
      heap.detach();
    } finally {
      debugSettings.leaksAt = 'last detach';
      debugSettings.onLeaks = undefined;
    }
    stays.flush();
    expect(stays.owns(ptr)).toBe(true);
    stays.free(ptr);
    stays.detach();
  });
});
