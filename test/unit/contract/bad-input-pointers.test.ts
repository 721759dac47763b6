import { describe, expect, test } from 'vitest';
import { SLAB_BYTES as SLAB, SUPERSLAB_BYTES as SUPERSLAB } from '../../../src/base/layout.js';
import type { Heap } from '../../../src/index.js';
import { codeOf } from '../../support/errors.js';
import { disguisesOf, notCounts, notNumbers, type Named } from '../../support/hostile-values.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { bufferOf, copyOf } from '../../support/handles.js';
import { Scene } from '../../support/unharmed.js';

type Call = (heap: Heap, value: never) => unknown;
const methods: readonly (readonly [name: string, call: Call])[] = [
  ['free', (heap, value) => heap.free(value)],
  ['realloc', (heap, value) => heap.realloc(value, 100)],
  ['realloc to 0 bytes', (heap, value) => heap.realloc(value, 0)],
  ['realloc to too much', (heap, value) => heap.realloc(value, 2 ** 40)],
  ['usableSize', (heap, value) => heap.usableSize(value)],
];

/** The values among these that a call does not refuse with one of these codes. */
function accepted(
  call: Call,
  heap: Heap,
  values: Iterable<unknown>,
  ...codes: string[]
): unknown[] {
  const wrong: unknown[] = [];
  for (const value of values) {
    const code = codeOf(() => call(heap, value as never));
    if (!codes.includes(code)) wrong.push([value, code]);
    if (heap.owns(value as never)) wrong.push([value, 'owned']);
  }
  return wrong;
}

/** Expects ERR_INVALID_POINTER from every method for every value, with no harm done. */
function expectRefused(scene: Scene, values: readonly unknown[]): void {
  for (const [name, call] of methods) {
    scene.expectUnharmed(() => {
      expect(accepted(call, scene.heap, values, 'ERR_INVALID_POINTER'), name).toEqual([]);
    });
  }
}

const valuesOf = (named: readonly Named<unknown>[]): unknown[] => named.map(([, value]) => value);

describe('what is no address at all', () => {
  test.each([...notNumbers, ...notCounts])('%s is refused', (_, value) => {
    const scene = new Scene();
    expectRefused(scene, [value]);
    scene.clear();
  });

  test('the disguises of a pointer in use are refused', () => {
    const scene = new Scene();
    for (const { ptr } of scene.blocks) expectRefused(scene, valuesOf(disguisesOf(ptr)));
    scene.clear();
  });

  test('0 is no block: usableSize refuses it, owns denies it', () => {
    const scene = new Scene();
    scene.expectUnharmed(() => {
      expect(codeOf(() => scene.heap.usableSize(0))).toBe('ERR_INVALID_POINTER');
      expect(codeOf(() => scene.heap.usableSize(-0))).toBe('ERR_INVALID_POINTER');
      expect(scene.heap.owns(0)).toBe(false);
      expect(scene.heap.owns(-0)).toBe(false);
    });
  });
});

describe('addresses inside of a block', () => {
  const kinds: readonly (readonly [string, (heap: Heap) => number])[] = [
    ...[1, 16, 24, 48, 80, 112, 500, KiB, KiB + 1, 5000, 8 * KiB, 20_000, 32 * KiB].map(
      (size) => [`of ${size} bytes`, (heap: Heap) => mustMalloc(heap, size)] as const,
    ),
    ...[32 * KiB + 1, SLAB, 70_000, 200_000, MiB, 2 * MiB, 3 * MiB, 5 * MiB].map(
      (size) => [`of ${size} bytes`, (heap: Heap) => mustMalloc(heap, size)] as const,
    ),
    ...[64, 256, 4096, 65536].flatMap((alignment) =>
      [10, 5000, 100_000].map(
        (size) =>
          [
            `of ${size} bytes aligned to ${alignment}`,
            (heap: Heap) => heap.memalign(alignment, size),
          ] as const,
      ),
    ),
  ];

  test.each(kinds)('%s are refused at every granule', (_, make) => {
    const scene = new Scene();
    const ptr = make(scene.heap);
    const usable = scene.heap.usableSize(ptr);
    const inside: number[] = [];
    for (let offset = 16; offset < Math.min(usable, 80 * KiB); offset += 16) {
      inside.push(ptr + offset);
    }
    for (let offset = SLAB; offset < usable; offset += SLAB) {
      inside.push(ptr + offset - 16, ptr + offset, ptr + offset + 16);
      const boundary = Math.floor((ptr + offset) / SLAB) * SLAB;
      if (boundary > ptr) inside.push(boundary);
    }
    for (const odd of [1, 2, 4, 8, 12, 15, usable / 2 + 1, usable - 1, usable - 8]) {
      inside.push(ptr + Math.floor(odd));
    }
    inside.push(ptr + 0.5, ptr + 2 ** -20);
    expectRefused(
      scene,
      inside.filter((address) => address !== ptr),
    );
    expect(scene.heap.owns(ptr)).toBe(true);
    scene.heap.free(ptr);
    scene.clear();
  });

  test.each(kinds)('%s: what lies around it is no block either', (_, make) => {
    const scene = new Scene();
    const ptr = make(scene.heap);
    const usable = scene.heap.usableSize(ptr);
    const live = new Set([...scene.heap.blocks()].map((block) => block.ptr));
    const around = [
      ptr - 1,
      ptr - 8,
      ptr + usable + 1,
      ptr + usable + 8,
      ...[-4096, -64, -32, -16, 0, 16, 32].map((offset) => ptr + offset),
      ...[0, 16, 4096, SLAB].map((offset) => ptr + usable + offset),
    ].filter((address) => !live.has(address));
    for (const [name, call] of methods) {
      scene.expectUnharmed(() => {
        const codes = ['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE'];
        expect(accepted(call, scene.heap, around, ...codes), name).toEqual([]);
      });
    }
    scene.heap.free(ptr);
    scene.clear();
  });
});

test('the middle of a block above the classes is told from where no block is', () => {
  const heap = createHeap();
  const ptr = mustMalloc(heap, 5 * MiB);
  for (const offset of [16, SLAB, SLAB + 16, 4 * MiB]) {
    // The debug build knows which block it is.
    expect(() => heap.free(ptr + offset)).toThrow(
      /it does not point at the start of a block|it lies \d+ bytes into the block at/,
    );
  }
  heap.free(ptr);
  heap.flush();
  expect(() => heap.free(ptr + SLAB)).toThrow('no block was handed out there');
});

describe('numbers of more or less than 32 bits', () => {
  test.each([16, 48, KiB, 12 * KiB, 20 * KiB, 24 * KiB, 40 * KiB, 160 * KiB, MiB])(
    'are not cut down to the address of a block of %i bytes',
    (size) => {
      const scene = new Scene();
      const { heap } = scene;
      const ptrs = Array.from({ length: 12 }, () => mustMalloc(heap, size));
      const aliases = ptrs.flatMap((ptr) => {
        const bytes = heap.usableSize(ptr);
        const whole = (from: number): number => from * Math.floor(2 ** 32 / bytes) * bytes;
        // A whole number of blocks away, and less than a run behind a multiple of 2^32.
        const near = [0, 1, 2, 3, 4].flatMap((k) => [whole(-1) + k * bytes, whole(1) - k * bytes]);
        return [2 ** 32, -(2 ** 32), ...near].map((distance) => ptr + distance);
      });
      expectRefused(scene, aliases);
      for (const ptr of ptrs) heap.free(ptr);
      scene.clear();
    },
  );
});

describe('blocks that were never allocated', () => {
  test.each([16, 48, 100, KiB, 3000, 16 * KiB, 20_000])(
    'of %i bytes, in a slab that has one, are refused',
    (size) => {
      const scene = new Scene(createHeap({ maximumBytes: 64 * MiB, prewarm: 0 }));
      const ptr = mustMalloc(scene.heap, size);
      const usable = scene.heap.usableSize(ptr);
      const live = new Set([...scene.heap.blocks()].map((block) => block.ptr));
      const slab = Math.floor(ptr / SLAB) * SLAB;
      const others: number[] = [];
      for (let other = ptr % usable; other < SLAB; other += usable) {
        const address = slab + ((ptr - slab + other) % SLAB);
        if (!live.has(address)) others.push(address);
      }
      expect(others.length).toBeGreaterThan(0);
      for (const [name, call] of methods) {
        scene.expectUnharmed(() => {
          // A cached block that was never handed out is free, and may be called so.
          const codes = ['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE'];
          expect(accepted(call, scene.heap, others, ...codes), name).toEqual([]);
        });
      }
      scene.heap.free(ptr);
      scene.clear();
    },
  );
});

describe('addresses of metadata and beyond', () => {
  test('the header, the tables behind it and each slab with descriptors are refused', () => {
    // Without prewarm the first block in use is the first there is.
    const scene = new Scene(createHeap({ maximumBytes: 64 * MiB, prewarm: 0 }));
    const { heap } = scene;
    const firstBlock = Math.min(...[...heap.blocks()].map(({ ptr }) => ptr));
    const addresses: number[] = [];
    for (let address = 16; address < Math.min(SLAB, firstBlock); address += 16) {
      addresses.push(address);
    }
    for (let address = SLAB; address < firstBlock - SLAB; address += 1040) addresses.push(address);
    for (let base = 0; base < heap.u8.length; base += SUPERSLAB) {
      for (let offset = 16; offset < SLAB; offset += 1008) addresses.push(base + offset);
      addresses.push(base + SLAB - 16);
    }
    const live = new Set([...heap.blocks()].map(({ ptr }) => ptr));
    expectRefused(
      scene,
      addresses.filter((address) => !live.has(address) && address !== 0),
    );
    scene.clear();
  });

  test('each slab border that starts no block is refused', () => {
    const scene = new Scene();
    const live = new Set([...scene.heap.blocks()].map(({ ptr }) => ptr));
    const borders: number[] = [];
    for (let border = SLAB; border < scene.heap.u8.length; border += SLAB) {
      borders.push(border, border - 16, border + 16);
    }
    for (const [name, call] of methods) {
      scene.expectUnharmed(() => {
        const codes = ['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE'];
        const free = borders.filter((border) => !live.has(border));
        expect(accepted(call, scene.heap, free, ...codes), name).toEqual([]);
      });
    }
    scene.clear();
  });

  test.each([
    ['that can grow', { initialBytes: 8 * MiB, maximumBytes: 64 * MiB }],
    ['that is fixed', { initialBytes: 16 * MiB, maximumBytes: 16 * MiB }],
  ])('beyond the end of a heap %s, nothing is a block', (_, options) => {
    const scene = new Scene(createHeap(options));
    const { capacityBytes, maximumBytes } = scene.heap.stats();
    const beyond = [capacityBytes, maximumBytes, 2 ** 31, 2 ** 32, 2 ** 40].flatMap((end) => [
      end,
      end + 16,
      end + SLAB,
      end + SUPERSLAB + 16,
    ]);
    expectRefused(scene, [...beyond, maximumBytes - 16, Number.MAX_SAFE_INTEGER - 15]);
    scene.clear();
  });

  test("another heap's blocks are no blocks of this one", () => {
    const scene = new Scene(createHeap({ maximumBytes: 64 * MiB, prewarm: 0 }));
    const other = createHeap({ initialBytes: 64 * MiB, maximumBytes: 64 * MiB });
    const live = new Set([...scene.heap.blocks()].map(({ ptr }) => ptr));
    const foreign = Array.from({ length: 300 }, (_, i) => mustMalloc(other, 48 * KiB + i)).filter(
      (ptr) => !live.has(ptr),
    );
    const { liveBlocks } = other.stats();
    expect(foreign.length).toBeGreaterThan(100);
    for (const [name, call] of methods) {
      scene.expectUnharmed(() => {
        // A free block of this heap may start at the same number.
        const codes = ['ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE'];
        expect(accepted(call, scene.heap, foreign, ...codes), name).toEqual([]);
      });
    }
    expect(other.stats().liveBlocks).toBe(liveBlocks);
    scene.clear();
  });
});

describe('free of a view', () => {
  test('that does not start at a block of this heap is refused', () => {
    const scene = new Scene();
    const { heap, block } = scene;
    const buffer = bufferOf(heap);
    const other = createHeap();
    const views: readonly Named<unknown>[] = [
      ['on a private buffer', new Uint8Array(100)],
      [
        'on a private buffer, at the offset of a block',
        new Uint8Array(new ArrayBuffer(16 * MiB), block, 4),
      ],
      ['on no bytes', new Uint8Array(0)],
      ['on another shared buffer', new Uint8Array(new SharedArrayBuffer(64))],
      ['on a copy of the heap', new Uint8Array(copyOf(buffer), block, 4)],
      ['on another heap', other.mallocAs(Uint8Array, 100)],
      ['on another heap, at the offset of a block', new Uint8Array(bufferOf(other), block, 4)],
      ['inside of a block', new Uint8Array(buffer, block + 16, 4)],
      ['inside of a block, misaligned', new Uint8Array(buffer, block + 1, 4)],
      ['inside of a block, of no bytes', new Uint8Array(buffer, block + 16, 0)],
      ['a DataView inside of a block', new DataView(buffer, block + 16, 4)],
      ['behind the end of its block', new Uint8Array(buffer, block, heap.usableSize(block) + 1)],
      ['the rest of the heap', new Uint8Array(buffer, block)],
      ['the whole heap', heap.u8],
      ['the whole heap as a DataView', new DataView(buffer)],
      ['the end of the heap', new Uint8Array(buffer, buffer.byteLength)],
      ['metadata', new Uint8Array(buffer, 64, 4)],
      ['the buffer itself', buffer],
      ['something that looks like a view', { buffer, byteOffset: block, byteLength: 4 }],
    ];
    for (const [name, view] of views) {
      scene.expectUnharmed(() => {
        expect(
          codeOf(() => heap.free(view as never)),
          name,
        ).toBe('ERR_INVALID_POINTER');
        expect(
          codeOf(() => heap.usableSize(view as never)),
          name,
        ).toBe('ERR_INVALID_POINTER');
        expect(
          codeOf(() => heap.realloc(view as never, 8)),
          name,
        ).toBe('ERR_INVALID_POINTER');
        expect(heap.owns(view as never), name).toBe(false);
      });
    }
    expect(other.stats().liveBlocks).toBe(1);
    scene.clear();
  });

  test('of any length up to what its block has room for frees the block, and no other', () => {
    const heap = createHeap();
    for (const size of [0, 1, 16, 100, 1024, 40_000, 2 * MiB]) {
      const others = [heap.malloc(size)];
      for (const length of [
        () => 0,
        () => Math.min(size, 1),
        () => size,
        (ptr: number) => heap.usableSize(ptr),
      ]) {
        const ptr = heap.malloc(size);
        others.push(heap.malloc(size));
        heap.free(new Uint8Array(bufferOf(heap), ptr, length(ptr)));
        expect(heap.owns(ptr), `${size} bytes`).toBe(false);
        expect(
          others.every((other) => heap.owns(other)),
          `${size} bytes`,
        ).toBe(true);
      }
    }
    expect(heap.verify().problems).toEqual([]);
  });

  test('owns answers false for every value that is no pointer in use', () => {
    const scene = new Scene();
    scene.expectUnharmed(() => {
      for (const [name, value] of [
        ...notNumbers,
        ...notCounts,
        ...scene.blocks.flatMap(({ ptr }) => disguisesOf(ptr)),
        ['a view', new Uint8Array(bufferOf(scene.heap), scene.block, 4)] as const,
      ]) {
        expect(scene.heap.owns(value as never), name).toBe(false);
      }
    });
  });
});
