/** realloc of a block that is freed at the same moment. */
import { expect, test } from 'vitest';
import { Allocator } from '../../../src/allocator.js';
import type { Core } from '../../../src/base/core.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, KiB } from '../../support/heaps.js';

/** An allocator whose block is freed by somebody else as soon as there is another for its contents. */
class Raced extends Allocator {
  static on(core: Core): Raced {
    return new Raced(core);
  }

  freedMeanwhile = 0;

  override malloc(size: number): number {
    const ptr = super.malloc(size);
    if (this.freedMeanwhile !== 0) super.free(this.freedMeanwhile);
    this.freedMeanwhile = 0;
    return ptr;
  }
}

test.each([
  [100, 5000],
  [5000, 300 * KiB],
  [300 * KiB, 100],
])('a realloc of %i bytes to %i that comes too late keeps nothing', (from, to) => {
  const heap = createHeap({ maxThreads: 8 });
  const raced = Raced.on(heap['core']);
  const ptr = raced.malloc(from);
  raced.freedMeanwhile = ptr;
  expectCode(() => raced.realloc(ptr, to), 'ERR_DOUBLE_FREE');
  expect(heap.verify()).toMatchObject({ ok: true, blocksInUse: 0 });
});
