import { describe, expect, test } from 'vitest';
import { HakmemError, Heap, type HeapHandle } from '../../../src/index.js';
import { codeOf, expectCode, messageOf } from '../../support/errors.js';
import { bufferOf, clone, copyOf, withBuffer } from '../../support/handles.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  KiB,
  liveFigures,
  MiB,
  mustMalloc,
} from '../../support/heaps.js';
import { notCounts, notNumbers } from '../../support/hostile-values.js';
import { Random } from '../../support/random.js';
import { sharedMemory } from '../../support/wasm-module.js';

const options = { initialBytes: 8 * MiB, maximumBytes: 8 * MiB };

/** A heap with a block in it that no thread is attached to, so that attaching looks at the bytes. */
function leftHeap(): { handle: HeapHandle; buffer: SharedArrayBuffer } {
  const heap = Heap.create(options);
  mustMalloc(heap, 100);
  const left = { handle: clone(heap.handle), buffer: bufferOf(heap) };
  heap.detach();
  return left;
}

describe('attach', () => {
  test('refuses what is no handle', () => {
    for (const [, value] of [...notNumbers, ...notCounts]) {
      expectCode(() => Heap.attach(value as never), 'ERR_INCOMPATIBLE_HEAP');
    }
  });

  test('without a handle says what came instead', () => {
    expect(() => Heap.attach(undefined as never)).toThrow(/got undefined; .* heap\.handle/);
    expect(() => Heap.attach({} as never)).toThrow(/got an object/);
  });

  test('refuses a heap in the place of its handle, and says what was meant', () => {
    const heap = createHeap();
    heap.watch({ threadId: 9, once: () => undefined });
    expect(heap.f64.length).toBeGreaterThan(0);
    for (const given of [heap, structuredClone(heap)]) {
      const act = (): Heap => Heap.attach(given as never);
      expectCode(act, 'ERR_INCOMPATIBLE_HEAP');
      expect(act).toThrow('heap.handle');
    }
    expectSound(heap);
  });

  test('refuses buffers that hold no heap', () => {
    const { handle } = leftHeap();
    const random = new Random(1);
    const noise = new SharedArrayBuffer(8 * MiB);
    const words = new Uint32Array(noise);
    words.forEach((_, index) => (words[index] = random.fraction() * 2 ** 32));
    const buffers: readonly (readonly [string, unknown])[] = [
      ['empty', new SharedArrayBuffer(0)],
      ['of 8 bytes', new SharedArrayBuffer(8)],
      ['of 17 bytes', new SharedArrayBuffer(17)],
      ['of 64 KiB', new SharedArrayBuffer(64 * KiB)],
      ['all zero', new SharedArrayBuffer(8 * MiB)],
      ['all ones', new SharedArrayBuffer(8 * MiB)],
      ['noise', noise],
      ['private', new ArrayBuffer(8 * MiB)],
      ['a memory that is not shared', new WebAssembly.Memory({ initial: 128, maximum: 128 })],
      ['a shared memory with no heap', sharedMemory(8 * MiB, 8 * MiB)],
      ['nothing', undefined],
      ['null', null],
      ['a view', new Uint8Array(new SharedArrayBuffer(8 * MiB))],
      ['a number', 5],
    ];
    new Uint8Array(buffers[5]![1] as SharedArrayBuffer).fill(0xff);
    for (const [name, buffer] of buffers) {
      expect(
        codeOf(() => Heap.attach(withBuffer(handle, buffer))),
        name,
      ).toBe('ERR_INCOMPATIBLE_HEAP');
      expect(
        codeOf(() => Heap.attach(buffer as never)),
        name,
      ).toBe('ERR_INCOMPATIBLE_HEAP');
    }
  });

  test('refuses a private copy of a heap', () => {
    const { handle, buffer } = leftHeap();
    const copy = new ArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(new Uint8Array(buffer));
    expectCode(() => Heap.attach(withBuffer(handle, copy)), 'ERR_INCOMPATIBLE_HEAP');
  });

  test('refuses a truncated heap, and says so', () => {
    const { handle, buffer } = leftHeap();
    for (const bytes of [
      4,
      64,
      100,
      4 * KiB,
      64 * KiB,
      MiB,
      2 * MiB,
      4 * MiB,
      8 * MiB - 2 * MiB,
      8 * MiB - 64 * KiB,
    ]) {
      const truncated = withBuffer(handle, copyOf(buffer, bytes));
      expect(
        codeOf(() => Heap.attach(truncated)),
        `${bytes} bytes`,
      ).toBe('ERR_INCOMPATIBLE_HEAP');
    }
    expect(() => Heap.attach(withBuffer(handle, copyOf(buffer, 4 * MiB)))).toThrow(
      /truncat|short/i,
    );
  });

  test('refuses an altered magic or version, and says which', () => {
    const { handle, buffer } = leftHeap();
    const messages = [0, 1].map((index) => {
      for (const change of [1, 0x100, 0x1_0000, 0x8000_0000, 0xffff_ffff]) {
        const copy = copyOf(buffer);
        new Uint32Array(copy)[index]! ^= change;
        expectCode(() => Heap.attach(withBuffer(handle, copy)), 'ERR_INCOMPATIBLE_HEAP');
      }
      const copy = copyOf(buffer);
      new Uint32Array(copy)[index]! += 1;
      return messageOf(() => Heap.attach(withBuffer(handle, copy)));
    });
    expect(messages[0]).not.toBe(messages[1]);
    expect(messages[1]).toMatch(/version/i);
  });

  test('never crashes on an altered header: it refuses, or the heap works', () => {
    const { handle, buffer } = leftHeap();
    let refused = 0;
    for (let index = 0; index < 16; index++) {
      for (const value of [0, 1, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 12_345]) {
        const copy = copyOf(buffer);
        const words = new Uint32Array(copy);
        if (words[index] === value) continue;
        words[index] = value;
        let heap: Heap;
        try {
          heap = Heap.attach(withBuffer(handle, copy));
        } catch (error) {
          if (!(error instanceof HakmemError)) throw error;
          expect(error.code, `word ${index}`).toBe('ERR_INCOMPATIBLE_HEAP');
          refused += 1;
          continue;
        }
        expect(bufferOf(heap) === buffer, 'attached to the original').toBe(false);
        expectWorking(heap);
        heap.detach();
      }
    }
    expect(refused).toBeGreaterThan(20);
  });

  test('takes a whole copy as a heap of its own', () => {
    const original = createHeap(options);
    const ptr = mustMalloc(original, 100);
    original.flush();
    const figures = liveFigures(original);
    const copy = copyOf(bufferOf(original));
    const handle = withBuffer(original.handle, copy);
    let attached: Heap;
    try {
      attached = Heap.attach(handle);
    } catch (error) {
      expect((error as HakmemError).code).toBe('ERR_INCOMPATIBLE_HEAP');
      return;
    }
    expect(attached).not.toBe(original);
    expect(attached.u8.buffer).not.toBe(bufferOf(original));
    attached.free(ptr);
    attached.detach();
    expect(original.owns(ptr)).toBe(true);
    expect(liveFigures(original)).toEqual(figures);
    expectSound(original);
  });
});

test('a thread takes one record, however often it attaches', () => {
  const heap = createHeap({ ...options, maxThreads: 1 });
  const handle = clone(heap.handle);
  for (let i = 0; i < 5; i++) expect(Heap.attach(clone(handle))).toBe(heap);
  heap.detach();
  for (let i = 0; i < 5; i++) Heap.attach(handle).detach();
});
