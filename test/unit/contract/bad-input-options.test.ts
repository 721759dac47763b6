import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Arena, HakmemError, Heap } from '../../../src/index.js';
import { expectCode } from '../../support/errors.js';
import { notCounts, notNumbers } from '../../support/hostile-values.js';
import { clone } from '../../support/handles.js';
import { createHeap, expectWorking, forThisTest, GiB, MiB } from '../../support/heaps.js';
import { Scene } from '../../support/unharmed.js';
import { sharedMemory } from '../../support/wasm-module.js';

const noOptions = [null, 5, 'x', true, 8n];

/** Options with one name that there is not, whatever its value. */
function misspelt(...names: string[]): object[] {
  return names.flatMap((name) => [{ [name]: 1 }, { [name]: undefined }]);
}

const defined = notNumbers.filter(([, value]) => value !== undefined);

/** Expects ERR_INVALID_OPTION with the option's name in its message. */
function expectNamed(option: string, act: () => unknown): void {
  expectCode(act, 'ERR_INVALID_OPTION');
  expect(act).toThrow(option);
}

describe('new', () => {
  const New = Heap as unknown as new (...args: unknown[]) => Heap;

  test('makes no heap: it says what does', () => {
    const heap = createHeap();
    for (const args of [[], [{}], [undefined, 1], [{ maxThreads: 2 }], [heap.handle], [heap]]) {
      const act = (): Heap => new New(...args);
      expectCode(act, 'ERR_INVALID_OPTION');
      expect(act).toThrow(/Heap\.create\(options\) or Heap\.attach\(handle\)/);
    }
    expectWorking(heap);
  });
});

describe('new Arena', () => {
  const New = Arena as unknown as new (...args: unknown[]) => Arena;

  test('makes no arena without a heap: it says what does', () => {
    for (const args of [[], [{}], [undefined, {}], [null], [{ chunkBytes: 4096 }], [7]]) {
      const act = (): Arena => new New(...args);
      expectCode(act, 'ERR_INVALID_OPTION');
      expect(act).toThrow(/heap\.arena\(options\)/);
    }
    expect(new New(createHeap()).alloc(8)).toBeGreaterThan(0);
  });
});

describe('create', () => {
  const options = ['initialBytes', 'maximumBytes', 'maxThreads', 'prewarm'] as const;

  test.each(options)('refuses a %s that is no count', (option) => {
    for (const [name, value] of [...defined, ...notCounts]) {
      const act = (): Heap => Heap.create({ [option]: value });
      expect(act, name).toThrow(HakmemError);
      expectNamed(option, act);
    }
  });

  test('takes an option that is undefined as left out', () => {
    const heap = forThisTest(
      Heap.create(Object.fromEntries([...options, 'memory'].map((option) => [option, undefined]))),
    );
    expect(heap.stats()).toMatchObject({ capacityBytes: 16 * MiB, maximumBytes: GiB });
  });

  test.each([
    ['maximumBytes', { maximumBytes: 0 }],
    ['maximumBytes', { maximumBytes: 4 * GiB + 1 }],
    ['maximumBytes', { maximumBytes: 4 * GiB + 65536 }],
    ['maximumBytes', { maximumBytes: 8 * GiB }],
    ['maximumBytes', { maximumBytes: Number.MAX_SAFE_INTEGER }],
    ['initialBytes', { initialBytes: 5 * GiB }],
    ['initialBytes', { initialBytes: 2 * GiB }],
    ['initialBytes', { initialBytes: 32 * MiB, maximumBytes: 16 * MiB }],
    ['initialBytes', { initialBytes: 32 * MiB + 1, maximumBytes: 32 * MiB }],
    ['maxThreads', { maxThreads: 0 }],
    ['maxThreads', { maxThreads: 1025 }],
    ['maxThreads', { maxThreads: 2 ** 32 + 1 }],
  ])('refuses %s out of range: %o', (option, given) => {
    expectNamed(option, () => Heap.create(given));
  });

  test('takes the limits of each range', () => {
    for (const given of [
      { maximumBytes: 4 * GiB },
      { maxThreads: 1 },
      { maxThreads: 1024 },
      { prewarm: 0 },
      { initialBytes: 32 * MiB, maximumBytes: 32 * MiB },
    ]) {
      expectWorking(forThisTest(Heap.create(given)));
    }
  });

  test('refuses a memory that is none, or that is not shared', () => {
    for (const [, value] of [...defined, ...notCounts]) {
      expectNamed('memory', () => Heap.create({ memory: value as never }));
    }
    const shared = new SharedArrayBuffer(16 * MiB);
    const look = { buffer: shared, grow: () => 0 };
    const unshared = new WebAssembly.Memory({ initial: 256, maximum: 512 });
    for (const memory of [shared, new ArrayBuffer(16 * MiB), look, unshared]) {
      expectNamed('memory', () => Heap.create({ memory: memory as never }));
    }
  });

  test('refuses a memory that cannot become as large as initialBytes', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
    expectCode(
      () => Heap.create({ memory, initialBytes: 16 * MiB, maximumBytes: 32 * MiB }),
      'ERR_INVALID_OPTION',
    );
    expect(memory.buffer.byteLength).toBe(65536);
  });

  test.each([
    { name: 'has the header of the other', there: 0, reservedBytes: 0 },
    { name: 'would grow into the other', there: 4 * MiB, reservedBytes: 0 },
    { name: 'starts where the other may grow to', there: 0, reservedBytes: 4 * MiB },
  ])('refuses a memory with another heap in it: it $name', ({ there, reservedBytes }) => {
    const memory = sharedMemory(16 * MiB, 16 * MiB);
    const maximumBytes = 8 * MiB;
    const other = createHeap({ memory, reservedBytes: there, maximumBytes });
    const kept = other.callocAs(Uint8Array, 3 * MiB);
    kept.fill(7);
    expectNamed('memory', () => Heap.create({ memory, reservedBytes, maximumBytes }));
    expect(kept.every((byte) => byte === 7)).toBe(true);
    other.free(kept);
    expectWorking(other);
  });

  test('puts two heaps side by side into one memory', () => {
    const memory = sharedMemory(16 * MiB, 16 * MiB);
    const second = createHeap({ memory, reservedBytes: 8 * MiB, maximumBytes: 8 * MiB });
    const first = createHeap({ memory, maximumBytes: 8 * MiB, initialBytes: 4 * MiB });
    const blocks = [first, second].map((heap) => heap.callocAs(Uint8Array, 3 * MiB));
    blocks.forEach((block, index) => block.fill(index + 1));
    blocks.forEach((block, index) => {
      expect(block.every((byte) => byte === index + 1)).toBe(true);
    });
    first.free(blocks[0]!);
    second.free(blocks[1]!);
    expectWorking(first);
    expectWorking(second);
  });

  test('refuses options that are no object', () => {
    for (const value of noOptions) {
      expectCode(() => Heap.create(value as never), 'ERR_INVALID_OPTION');
    }
  });

  test.each(misspelt('maximumByte', 'prewarn'))(
    'refuses an option that there is not: %o',
    (given) => {
      for (const name of Object.keys(given)) {
        expectNamed(name, () => Heap.create(given as never));
      }
      expect(() => Heap.create(given as never)).toThrow(
        /: unknown option, got \w+; there are: initialBytes, maximumBytes, .*[a-z]$/,
      );
    },
  );
});

describe('attach', () => {
  test('refuses options that are no object, and those that there are not', () => {
    const { handle } = createHeap();
    for (const value of noOptions) {
      expectCode(() => Heap.attach(handle, value as never), 'ERR_INVALID_OPTION');
    }
    for (const given of misspelt('prewarn', 'maximumBytes')) {
      for (const name of Object.keys(given)) {
        expectNamed(name, () => Heap.attach(handle, given as never));
      }
    }
  });

  test('refuses a prewarm that is no count, and can be called again', () => {
    const first = Heap.create({ maximumBytes: 64 * MiB, maxThreads: 1 });
    const handle = clone(first.handle);
    first.detach();
    for (const [, prewarm] of [...defined, ...notCounts]) {
      expectNamed('prewarm', () => Heap.attach(handle, { prewarm: prewarm as never }));
    }
    expectWorking(forThisTest(Heap.attach(handle, { prewarm: 4 })));
  });
});

describe('arena', () => {
  test('refuses a chunkBytes that is no count', () => {
    const scene = new Scene();
    for (const [, chunkBytes] of [...defined, ...notCounts]) {
      scene.expectUnharmed(() =>
        expectNamed('chunkBytes', () => scene.heap.arena({ chunkBytes: chunkBytes as never })),
      );
    }
    scene.clear();
  });

  test('refuses options that are no object, and those that there are not', () => {
    const scene = new Scene();
    for (const given of [...noOptions, ...misspelt('chunkByte', 'retainByte')]) {
      scene.expectUnharmed(() => {
        expectCode(() => scene.heap.arena(given as never), 'ERR_INVALID_OPTION');
        expectCode(() => scene.arena.reset(given as never), 'ERR_INVALID_OPTION');
      });
    }
    scene.clear();
  });

  test('refuses a retainBytes that is no count, and resets nothing', () => {
    const scene = new Scene();
    for (const [, retainBytes] of [...defined, ...notCounts]) {
      scene.expectUnharmed(() =>
        expectNamed('retainBytes', () => scene.arena.reset({ retainBytes: retainBytes as never })),
      );
    }
    scene.clear();
  });

  test('with chunks that no heap can hold throws at the latest when it allocates', () => {
    const scene = new Scene();
    for (const chunkBytes of [2 ** 32, Number.MAX_SAFE_INTEGER]) {
      scene.expectUnharmed(() =>
        expectCode(
          () => scene.heap.arena({ chunkBytes }).alloc(8),
          'ERR_HEAP_EXHAUSTED',
          'ERR_INVALID_OPTION',
        ),
      );
    }
    scene.clear();
  });

  test('refuses marks that are none of its own, or that it has rewound past', () => {
    const scene = new Scene();
    const other = scene.heap.arena();
    other.alloc(10);
    const foreign = other.mark();
    for (const mark of [undefined, null, 5, 'x', {}, foreign]) {
      scene.expectUnharmed(() => {
        expect(() => scene.arena.rewind(mark as never)).toThrow(HakmemError);
      });
    }
    other.dispose();
    scene.clear();
  });
});

describe('reclaim', () => {
  test('refuses this thread, records not in use and numbers of no record', () => {
    const scene = new Scene();
    const { heap } = scene;
    const used = heap.stats().threads.map(({ threadId }) => threadId);
    const unused = Array.from({ length: 70 }, (_, id) => id).filter((id) => !used.includes(id));
    for (const id of [heap.threadId, ...unused, 1024, 2 ** 31, 2 ** 32 + heap.threadId, 2 ** 53]) {
      scene.expectUnharmed(() => expectCode(() => heap.reclaim(id), 'ERR_INVALID_THREAD'));
    }
    for (const [, value] of [...notNumbers, ...notCounts]) {
      scene.expectUnharmed(() =>
        expectCode(() => heap.reclaim(value as never), 'ERR_INVALID_THREAD'),
      );
    }
    scene.clear();
  });
});

describe('what makes views', () => {
  const notTypes = [
    ...[undefined, null, 5, 'Uint8Array', {}, Map, DataView, ArrayBuffer],
    ...[
      {},
      () => 0,
      class extends Map<string, number> {},
      class extends DataView<ArrayBufferLike> {},
    ].map((type) => Object.assign(type, { BYTES_PER_ELEMENT: 1 })),
  ];

  test.each(['mallocAs', 'callocAs', 'allocAs'] as const)('%s refuses other types', (method) => {
    const heap = createHeap();
    const arena = heap.arena();
    for (const type of notTypes) {
      const act = (): unknown =>
        method === 'allocAs' ? arena.allocAs(type as never, 1) : heap[method](type as never, 1);
      expectNamed('type', act);
    }
    arena.dispose();
    expect(heap.stats().liveBlocks).toBe(0);
    expectWorking(heap);
  });

  test('may be a constructor of another realm', () => {
    const type = runInNewContext('Float64Array') as Float64ArrayConstructor;
    const heap = createHeap();
    expect(heap.mallocAs(type, 3).length).toBe(3);
    expect(heap.arena().allocAs(type, 4).length).toBe(4);
  });

  test.each(['mallocAs', 'callocAs'] as const)('%s of a subclass', (method) => {
    const heap = createHeap();
    class Points extends Float64Array<SharedArrayBuffer> {
      constructor(buffer: SharedArrayBuffer, byteOffset: number, length: number) {
        if (length > 10) throw new Error('too many points');
        super(buffer, byteOffset, length);
      }
    }
    expect(() => heap[method](Points as Float64ArrayConstructor, 11)).toThrow('too many points');
    expect(heap.stats().liveBlocks).toBe(0);
    heap.free(heap[method](Points as Float64ArrayConstructor, 10));
    expectWorking(heap);
  });
});
