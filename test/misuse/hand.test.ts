/** The block in a thread's hands, in the debug build, after an error that ended a call in the middle. */
import { expect, test } from 'vitest';
import { TRAILER_BYTES } from '../../src/base/layout.js';
import { R_IN_HAND } from '../../src/base/offsets.js';
import { CLASS_BYTES, classOf } from '../../src/base/sizeclass.js';
import { blockAt, FREEING, stateOf } from '../../src/hardened/trailer.js';
import { silence } from '../kill/stage.js';
import { collectGarbage } from '../support/garbage.js';
import { expectSound, KiB, MiB } from '../support/heaps.js';
import { interrupt, NOT_INTERRUPTED } from '../support/interrupt.js';
import { debug, type DebugLibrary } from './support/builds.js';
import { set } from './support/debug-heap.js';

const { Heap } = debug.bundle;
type Operation = Parameters<typeof interrupt>[0];

/** Another thread of the heap. */
async function enter(heap: ReturnType<typeof Heap.create>, name: string) {
  const { Heap: Others, debugSettings } = (await import(
    /* @vite-ignore */ `${debug.url}?${name}`
  )) as DebugLibrary;
  debugSettings.onLeaks = undefined;
  return Others.attach(heap.handle, { prewarm: 0 });
}

/** That nothing is in use, and nothing lost. */
function expectEmpty(heap: ReturnType<typeof Heap.create>): void {
  expectSound(heap);
  expect([...heap.blocks()]).toEqual([]);
  heap.flush();
  expect(heap.stats()).toMatchObject({ liveBlocks: 0, cachedBytes: 0 });
}

// Or call sites would be noted by the operations that are interrupted.
test.each([100, 9000, 300_000, 3 * MiB])(
  'a malloc of %i bytes that an error ends leaves nothing, wherever it ends',
  (size) => {
    set({ stackFrames: 0 });
    const heap = Heap.create({ maximumBytes: 64 * MiB, prewarm: 0 });
    heap.free(heap.malloc(size));
    heap.flush();
    for (const operation of ['load', 'compareExchange', 'store', 'or', 'add'] as Operation[]) {
      for (let turn = 1; ; turn++) {
        let ptr = 0;
        try {
          interrupt(operation, turn, () => {
            ptr = heap.malloc(size);
          });
        } catch (error) {
          if ((error as Error).message !== NOT_INTERRUPTED) throw error;
          // The malloc ended well.
          heap.free(ptr);
          break;
        }
        if (ptr !== 0) heap.free(ptr);
        expectEmpty(heap);
      }
    }
    heap.detach();
  },
);

test.each<Operation>(['load', 'compareExchange', 'store'])(
  'a reclaim that an error ends does not lose what its thread had, wherever it ends (%s)',
  async (operation) => {
    const heap = Heap.create({ maximumBytes: 6 * MiB, prewarm: 0 });
    let ended = false;
    // The dead thread's hand is looked at first; what comes after it a sample shows.
    for (let turn = 1; !ended; turn += turn < 50 ? 1 : 37) {
      const dead = await enter(heap, 'dead');
      const ptr = dead.malloc(100);
      interrupt('store', 1, () => dead.malloc(100));
      const { cells, record } = dead['core'];
      expect(cells[record + R_IN_HAND]).not.toBe(0);
      silence(dead);
      try {
        interrupt(operation, turn, () => heap.reclaim(dead.threadId));
      } catch (error) {
        if ((error as Error).message !== NOT_INTERRUPTED) throw error;
        ended = true;
      }
      if (heap.stats().threads.length > 1) heap.reclaim(dead.threadId);
      expect(heap.blocks().next().value).toMatchObject({ ptr });
      heap.free(ptr);
      expectEmpty(heap);
    }
    heap.detach();
  },
);

test('a run that was noted and not handed out is not taken from its next owner', async () => {
  set({ stackFrames: 0 });
  let ended = false;
  for (let turn = 1; !ended; turn++) {
    const heap = Heap.create({ maximumBytes: 32 * MiB, prewarm: 0 });
    const [dead, other] = [await enter(heap, 'dead'), await enter(heap, 'other')];
    try {
      interrupt('store', turn, () => dead.malloc(300 * KiB));
    } catch (error) {
      if ((error as Error).message !== NOT_INTERRUPTED) throw error;
      ended = true;
    }
    // What it claimed is free again, and it dies before its next malloc.
    expect(dead.u8.length).toBeGreaterThan(0);
    silence(dead);
    const ptrs = Array.from({ length: 20 }, () => other.malloc(300 * KiB));
    // Nothing says any more whose they are.
    for (const ptr of ptrs) heap.u8.fill(0x55, ptr + 300 * KiB, ptr + 320 * KiB);
    heap.reclaim(dead.threadId);
    expect(ptrs.filter((ptr) => !heap.owns(ptr))).toEqual([]);
    heap.flush();
    const more = Array.from({ length: 20 }, () => heap.malloc(300 * KiB));
    expect(more.filter((ptr) => ptrs.includes(ptr))).toEqual([]);
    silence(other);
    silence(heap);
  }
});

test.each<[string, (heap: ReturnType<typeof Heap.create>, ptr: number) => unknown]>([
  ['malloc', (heap) => heap.malloc(100)],
  ['free', (heap, ptr) => heap.free(ptr)],
])('a heap that is dropped in the middle of a %s loses nothing', async (_name, call) => {
  const heap = Heap.create({ maximumBytes: 32 * MiB, prewarm: 0 });
  const { Heap: Others } = (await import(
    /* @vite-ignore */ `${debug.url}?dropped`
  )) as DebugLibrary;
  const drop = (): void => {
    const dropped = Others.attach(heap.handle, { prewarm: 0 });
    const ptr = dropped.malloc(100);
    interrupt('store', 1, () => call(dropped, ptr));
    if (heap.owns(ptr)) heap.free(ptr);
  };
  drop();
  for (let turn = 0; turn < 50 && heap.stats().threads.length > 1; turn++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Another thread has its number.
  const next = Others.attach(heap.handle, { prewarm: 0 });
  expect(next.threadId).toBe(1);
  expectEmpty(heap);
  next.detach();
  heap.detach();
});

test.each<[number, number, Operation, number]>([
  [900, 700, 'store', 1],
  [9000, 9010, 'store', 1],
  [300_000, 500_000, 'compareExchange', 3],
])(
  'a block of %i bytes stays in use when its heap is dropped in a resize to %i',
  async (from, to, operation, turn) => {
    const heap = Heap.create({ maximumBytes: 16 * MiB, prewarm: 0 });
    const { Heap: Others } = (await import(
      /* @vite-ignore */ `${debug.url}?resized`
    )) as DebugLibrary;
    const drop = (): number => {
      const dropped = Others.attach(heap.handle, { prewarm: 0 });
      const ptr = dropped.malloc(from);
      interrupt(operation, turn, () => dropped.realloc(ptr, to));
      return ptr;
    };
    const ptr = drop();
    for (let turn = 0; turn < 50 && heap.stats().threads.length > 1; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(heap.stats().threads).toHaveLength(1);
    expect(heap.owns(ptr)).toBe(true);
    expect(heap.usableSize(ptr)).toBe(from);
    const more: number[] = [];
    for (let next = heap.malloc(from); next !== 0; next = heap.malloc(from)) more.push(next);
    expect(more).not.toContain(ptr);
    for (const each of [ptr, ...more]) heap.free(each);
    expectEmpty(heap);
    heap.detach();
  },
);

test('a write into a freed block is told of, though an error ended the call that was to tell', () => {
  set({ stackFrames: 0, quarantineBlocks: 1 });
  for (let turn = 1, ended = false; !ended; turn++) {
    const heap = Heap.create({ maximumBytes: 8 * MiB, prewarm: 0 });
    const [damaged, next] = [heap.malloc(100), heap.malloc(100)];
    heap.free(damaged);
    heap.u8[damaged + 10] = 1;
    let told = '';
    try {
      interrupt('load', turn, () => heap.free(next));
    } catch (error) {
      // Told in the call itself, which had fewer turns.
      told = (error as { code?: string }).code ?? '';
      if (told === '' && (error as Error).message !== NOT_INTERRUPTED) throw error;
      ended = true;
    }
    try {
      heap.flush();
    } catch (error) {
      // Once.
      expect(told).toBe('');
      told = (error as { code?: string }).code ?? '';
    }
    expect(told).toBe('ERR_WRITE_AFTER_FREE');
    heap.detach();
  }
});

test('a block that was about to leave a quarantine when an error ended the call comes back', () => {
  set({ stackFrames: 0, quarantineBlocks: 1 });
  const heap = Heap.create({ maximumBytes: 8 * MiB, prewarm: 0 });
  const ptrs: number[] = [];
  for (let ptr = heap.malloc(60_000); ptr !== 0; ptr = heap.malloc(60_000)) ptrs.push(ptr);
  heap.free(ptrs[0]!);
  interrupt('compareExchange', 1, () => {
    heap.free(ptrs[1]!);
  });
  expect(heap.owns(ptrs[0]!)).toBe(false);
  expect(heap.owns(ptrs[1]!)).toBe(true);
  expect(heap.malloc(60_000)).toBe(ptrs[0]);
  expectSound(heap);
  for (const ptr of ptrs) heap.free(ptr);
  heap.detach();
});

test('a stray write into the state of a block in hand loses nothing, though it is freed twice', async () => {
  set({ stackFrames: 0 });
  const heap = Heap.create({ maximumBytes: 8 * MiB, prewarm: 0 });
  const other = await enter(heap, 'second');
  const ptr = heap.malloc(100);
  interrupt('store', 1, () => {
    heap.free(ptr);
  });
  const bytes = CLASS_BYTES[classOf(100 + TRAILER_BYTES)]!;
  const { cells } = heap['core'];
  const state = (ptr + bytes) / 4 - 3;
  expect(stateOf(heap['core'], blockAt(heap['core'], ptr, bytes)).kind).toBe(FREEING);
  cells[state]! ^= 0x12340;
  // Told of as damage, which is repaired: the block is in use, and whoever frees it again does free it.
  expect(() => {
    other.free(ptr);
  }).toThrow(expect.objectContaining({ code: 'ERR_BLOCK_OVERRUN' }));
  heap.free(heap.malloc(16));
  expect([...heap.blocks()].map((block) => block.ptr)).toEqual([ptr]);
  other.free(ptr);
  other.flush();
  other.detach();
  expectEmpty(heap);
  heap.detach();
});

// The one thing that such an error may cost.
test('a resize that makes a block smaller in place may have written behind the new size', () => {
  const heap = Heap.create({ maximumBytes: 8 * MiB, prewarm: 0 });
  const ptr = heap.malloc(900);
  heap.u8.fill(7, ptr, ptr + 900);
  interrupt('store', 1, () => heap.realloc(ptr, 700));
  expect(heap.usableSize(ptr)).toBe(900);
  const bytes = heap.u8.subarray(ptr, ptr + 900);
  expect(bytes.findIndex((byte) => byte !== 7)).toBe(700);
  heap.free(ptr);
  heap.detach();
});

test('a lone thread gets what a heap that it dropped had in its quarantine', async () => {
  const fill = (heap: ReturnType<typeof Heap.create>): number[] => {
    const ptrs: number[] = [];
    for (let ptr = heap.malloc(60_000); ptr !== 0; ptr = heap.malloc(60_000)) ptrs.push(ptr);
    return ptrs;
  };
  const drop = () => {
    const heap = Heap.create({ maximumBytes: 8 * MiB, prewarm: 0 });
    const ptrs = fill(heap);
    for (const ptr of ptrs.slice(0, 5)) heap.free(ptr);
    return { handle: heap.handle, ptrs, dropped: new WeakRef(heap) };
  };
  const { handle, ptrs, dropped } = drop();
  for (let turn = 0; turn < 50 && dropped.deref(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  // What is called when it is gone comes a turn later.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const heap = Heap.attach(handle, { prewarm: 0 });
  expect(heap.threadId).toBe(0);
  expect(fill(heap).toSorted()).toEqual(ptrs.slice(0, 5).toSorted());
  heap.detach();
});
