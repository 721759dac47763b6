import { describe, expect, it, vi } from 'vitest';
import type * as assert from '../../../src/inspect/assert.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { interrupt, NOT_INTERRUPTED } from '../../support/interrupt.js';

const checks = vi.hoisted(() => ({ interrupted: false, ended: 0 }));
vi.mock('../../../src/inspect/assert.js', async (importOriginal) => {
  const real = await importOriginal<typeof assert>();
  return {
    assertCache(...of: Parameters<typeof real.assertCache>) {
      if (checks.interrupted) {
        checks.ended++;
        throw new RangeError('Maximum call stack size exceeded');
      }
      real.assertCache(...of);
    },
  };
});

describe('a check for which there is no stack, past the change of hands', () => {
  it('does not end the free that it comes after', () => {
    const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
    const ptrs = Array.from({ length: 2000 }, () => mustMalloc(heap, 2000));
    for (const ptr of ptrs) {
      checks.interrupted = true;
      try {
        heap.free(ptr);
      } finally {
        checks.interrupted = false;
      }
      expect(heap.owns(ptr)).toBe(false);
    }
    expect(checks.ended).toBeGreaterThan(0);
  });

  it.each([
    [900, 500],
    [500, 900],
  ])('does not end a resize from %i to %i KiB, but one that has not been', (from, to) => {
    const outcomes = new Set<string>();
    for (let turn = 1; ; turn++) {
      const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
      const ptr = mustMalloc(heap, from * KiB);
      const before = heap.usableSize(ptr);
      let moved = 0;
      try {
        interrupt('load', turn, () => {
          moved = heap.realloc(ptr, to * KiB);
        });
      } catch (error) {
        // It takes no more turns.
        if ((error as Error).message === NOT_INTERRUPTED) break;
        throw error;
      }
      outcomes.add(moved === 0 ? 'threw' : 'returned');
      const has = heap.usableSize(ptr);
      if (moved === 0) expect(has, `turn ${turn}`).toBe(before);
      else expect(has, `turn ${turn}`).not.toBe(before);
    }
    expect(outcomes).toEqual(new Set(['threw', 'returned']));
  });
});
