import { describe, expect, test } from 'vitest';
import { SLAB_SHIFT } from '../../../src/base/layout.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, KiB, mustMalloc, sizesOfAllTiers } from '../../support/heaps.js';
import { Scene } from '../../support/unharmed.js';

const again = [
  ['free', (scene: Scene, ptr: number) => scene.heap.free(ptr)],
  ['realloc', (scene: Scene, ptr: number) => scene.heap.realloc(ptr, 100)],
  ['realloc to the same size', (scene: Scene, ptr: number) => scene.heap.realloc(ptr, 8)],
  ['realloc to 0 bytes', (scene: Scene, ptr: number) => scene.heap.realloc(ptr, 0)],
  ['realloc to too much', (scene: Scene, ptr: number) => scene.heap.realloc(ptr, 2 ** 40)],
] as const;

/** Sizes whose blocks share a slab, so that a neighbour in use keeps the slab. */
const slabSizes = [0, 16, 40, 100, 500, KiB, KiB + 1, 5000, 10_000, 20_000];

describe.each(again)('%s of a block that is free', (_, call) => {
  test.each(slabSizes)('at once, %i bytes: ERR_DOUBLE_FREE', (size) => {
    const scene = new Scene();
    const ptrs = Array.from({ length: 6 }, () => mustMalloc(scene.heap, size));
    for (const ptr of ptrs.slice(2)) {
      scene.heap.free(ptr);
      scene.expectUnharmed(() => expectCode(() => call(scene, ptr), 'ERR_DOUBLE_FREE'));
    }
    scene.heap.free(ptrs[0]!);
    scene.heap.free(ptrs[1]!);
    scene.clear();
  });

  test.each(slabSizes)('after other frees, %i bytes: ERR_DOUBLE_FREE', (size) => {
    const scene = new Scene();
    const ptrs = Array.from({ length: 2000 }, () => mustMalloc(scene.heap, size));
    const kept = ptrs.filter((_, index) => index % 2 === 0);
    const freed = ptrs.filter((_, index) => index % 2 === 1);
    for (const ptr of freed) scene.heap.free(ptr);
    // The neighbours in use keep every slab but those where the kept ones are none.
    scene.expectUnharmed(() => {
      for (const ptr of freed) {
        expectCode(() => call(scene, ptr), 'ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER');
        expect(scene.heap.owns(ptr)).toBe(false);
      }
      expectCode(() => call(scene, freed[freed.length >> 1]!), 'ERR_DOUBLE_FREE');
    });
    for (const ptr of kept) scene.heap.free(ptr);
    scene.clear();
  });

  test.each(slabSizes)('after a flush, %i bytes: ERR_DOUBLE_FREE', (size) => {
    const scene = new Scene(createHeap());
    const ptrs = Array.from({ length: 9 }, () => mustMalloc(scene.heap, size));
    // Of three neighbours in a row, two are surely in one slab; the one in use stays.
    const [, freed, kept] = ptrs;
    const sameSlab = freed! >>> SLAB_SHIFT === kept! >>> SLAB_SHIFT;
    scene.heap.free(freed!);
    scene.heap.flush();
    scene.expectUnharmed(() => {
      const codes = ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'] as const;
      expectCode(() => call(scene, freed!), ...(sameSlab ? codes.slice(0, 1) : codes));
    });
    for (const ptr of ptrs.filter((ptr) => ptr !== freed)) scene.heap.free(ptr);
    scene.clear();
  });

  test.each(sizesOfAllTiers)('the only block of its slab, %i bytes', (size) => {
    const scene = new Scene();
    const ptr = mustMalloc(scene.heap, size);
    const codes = ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'] as const;
    scene.heap.free(ptr);
    scene.expectUnharmed(() => expectCode(() => call(scene, ptr), ...codes));
    scene.heap.flush();
    scene.expectUnharmed(() => expectCode(() => call(scene, ptr), ...codes));
    scene.clear();
  });

  test('of a view on it', () => {
    const scene = new Scene();
    const kept = scene.heap.mallocAs(Float64Array, 8);
    const view = scene.heap.mallocAs(Float64Array, 8);
    scene.heap.free(view);
    scene.expectUnharmed(() => {
      expectCode(() => scene.heap.free(view), 'ERR_DOUBLE_FREE');
      expectCode(() => call(scene, view.byteOffset), 'ERR_DOUBLE_FREE');
    });
    scene.heap.free(kept);
    scene.clear();
  });
});

test('a block freed twice is handed out once', () => {
  const { heap } = new Scene();
  for (const size of slabSizes) {
    mustMalloc(heap, size);
    const ptr = mustMalloc(heap, size);
    heap.free(ptr);
    for (let i = 0; i < 3; i++) expectCode(() => heap.free(ptr), 'ERR_DOUBLE_FREE');
    const next = Array.from({ length: 200 }, () => mustMalloc(heap, size));
    expect(new Set(next).size).toBe(next.length);
  }
});

test('usableSize of a block that is free throws', () => {
  const scene = new Scene();
  for (const size of sizesOfAllTiers) {
    const kept = mustMalloc(scene.heap, size);
    const freed = mustMalloc(scene.heap, size);
    scene.heap.free(freed);
    scene.expectUnharmed(() => {
      expectCode(() => scene.heap.usableSize(freed), 'ERR_INVALID_POINTER', 'ERR_DOUBLE_FREE');
    });
    scene.heap.free(kept);
  }
});
