/** Platforms whose SharedArrayBuffer cannot grow. */
import { expect, test, vi } from 'vitest';
import { Heap as GrowingHeap } from '../../../src/index.js';
import { KiB, MiB } from '../../support/units.js';

/** Two of them fit a SuperSlab. */
const SIZE = 900 * KiB;

/** The library as a platform without `SharedArrayBuffer.prototype.grow` loads it. */
async function loadWithoutGrow() {
  const { prototype } = SharedArrayBuffer;
  const grow = Object.getOwnPropertyDescriptor(prototype, 'grow')!;
  Reflect.deleteProperty(prototype, 'grow');
  vi.resetModules();
  try {
    return await import('../../../src/index.js');
  } finally {
    Object.defineProperty(prototype, 'grow', grow);
  }
}

test('where buffers cannot grow a heap takes its maximum at once, and all of it can be used', async () => {
  const { Heap } = await loadWithoutGrow();
  expect(Heap).not.toBe(GrowingHeap);
  const heap = Heap.create({ initialBytes: 8 * MiB, maximumBytes: 32 * MiB });
  const { buffer } = heap.handle;
  expect(buffer.byteLength).toBe(32 * MiB);
  expect(buffer.growable).toBe(false);

  const blocks: number[] = [];
  for (let block = heap.malloc(SIZE); block !== 0; block = heap.malloc(SIZE)) {
    heap.u8.fill(blocks.length, block, block + SIZE);
    blocks.push(block);
  }
  expect(blocks.length).toBeGreaterThan(24);
  expect(blocks.every((block, index) => heap.u8[block] === index)).toBe(true);
  expect(heap.verify().problems).toEqual([]);

  // A thread of a platform where they can grow attaches to the same buffer.
  const other = GrowingHeap.attach(heap.handle);
  for (const block of blocks) other.free(block);
  expect(other.malloc(16 * MiB)).not.toBe(0);
  expect(other.verify().problems).toEqual([]);
  other.detach();
  heap.detach();
});
