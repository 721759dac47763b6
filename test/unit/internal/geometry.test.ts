import { describe, expect, it } from 'vitest';
import { layOut } from '../../../src/base/geometry.js';
import { SLAB_CELLS } from '../../../src/base/layout.js';
import { GiB, MiB } from '../../support/units.js';

const SLAB_BYTES = 4 * SLAB_CELLS;
const SUPERSLAB = 32;

describe('the tables of a heap', () => {
  it('of default size fill three SuperSlabs at most; those of a diagnostic build four', () => {
    const { firstSlab } = layOut(0, GiB / SLAB_BYTES, 64);
    expect(firstSlab).toBe(FLAGS.LAYOUT_BITS === 0 ? 3 * SUPERSLAB : 4 * SUPERSLAB);
  });

  it.each([
    [4 * MiB, 4],
    [64 * MiB, 64],
    [GiB, 64],
    [4 * GiB, 1024],
  ])(
    'of %i bytes and %i threads do not overlap, and end before the first slab',
    (bytes, threads) => {
      for (const baseSlab of [0, SUPERSLAB]) {
        const maxSlabs = baseSlab + bytes / SLAB_BYTES;
        const geometry = layOut(baseSlab, maxSlabs, threads);
        const { header, pageMap, states, summaries, freeMasks, touched } = geometry;
        const { queues, records, recordCells } = geometry;
        const starts = [header, pageMap, states, summaries, freeMasks, touched, queues, records];
        expect([...starts].sort((a, b) => a - b)).toEqual(starts);
        expect(states - pageMap).toBeGreaterThanOrEqual(maxSlabs);
        expect(summaries - states).toBeGreaterThanOrEqual(maxSlabs);
        expect(freeMasks - summaries).toBeGreaterThanOrEqual(maxSlabs);
        expect(touched - freeMasks).toBeGreaterThanOrEqual(maxSlabs / SUPERSLAB);
        expect(queues - touched).toBeGreaterThanOrEqual(maxSlabs / SUPERSLAB);
        expect(records + threads * recordCells).toBeLessThanOrEqual(
          geometry.firstSlab * SLAB_CELLS,
        );
        // Whole pairs of cache lines: what two threads write never shares one.
        expect(recordCells % 32).toBe(0);
        expect(geometry.ownedOffset + maxSlabs / 32).toBeLessThanOrEqual(recordCells);
      }
    },
  );
});
