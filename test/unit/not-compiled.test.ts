import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { flagValues } from '../../scripts/flags.mjs';
import { mainBuild } from '../../scripts/test-builds.mjs';
import { createHeap } from '../support/heaps.js';

it('says "not compiled", and never 0, of what the build does not count', () => {
  const heap = createHeap();
  heap.free(heap.malloc(10));
  heap.resetStats();
  const { telemetry } = heap.stats();
  const values = flagValues([], mainBuild === 'debug' ? 'debug' : 'production');
  const counts = values.HAKMEM_SPILL_STATS_COMPILED === 1;
  const { timing, ...counters } = telemetry;
  expect(timing).toBe('not compiled');
  expect(Object.keys(counters).length).toBe(16);
  for (const [name, value] of Object.entries(counters)) {
    expect(value === 'not compiled', name).toBe(!counts);
  }
  // Once, not once for each of them.
  expect(inspect(heap.stats()).split('not compiled').length).toBe(2);
});
