/** Counters summed over all thread records since the last reset, and the reset. */
import type { Core } from '../../base/core.js';
import { slowOf } from '../../base/class-cells.js';
import { handedOut } from '../../base/cache-stack.js';
import { CLASS_CACHE, CLASS_COUNT } from '../../base/sizeclass.js';
import { COUNTERS, MEASURE_POPS } from '../../base/telemetry/cells.js';
import { countersOf } from '../../base/telemetry/count.js';
import { recordOf } from '../../thread/record.js';

/** The records that were ever in use; counters stay in a record when its thread goes. */
function* records(core: Core): IterableIterator<number> {
  const count = core.recordsUsed;
  for (let thread = 0; thread < count; thread++) yield recordOf(core, thread);
}

/** What a counter of a record is at this moment. */
function valueOf(core: Core, record: number, counter: number): number {
  const sizeClass = counter - MEASURE_POPS;
  if (
    FLAGS.HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED &&
    sizeClass > 0 &&
    sizeClass < CLASS_COUNT
  ) {
    // The caches count what they hand out themselves.
    const region = record + CLASS_CACHE[sizeClass];
    return handedOut(core.cells, region, slowOf(record, sizeClass));
  }
  return core.doubles[countersOf(record) + counter];
}

/** Every counter's sum. */
export function sumCounters(core: Core): Float64Array {
  const sums = new Float64Array(COUNTERS);
  for (const record of records(core)) {
    const atReset = countersOf(record) + COUNTERS;
    for (let counter = 0; counter < COUNTERS; counter++) {
      sums[counter] += valueOf(core, record, counter) - core.doubles[atReset + counter];
    }
  }
  return sums;
}

/** Notes what every counter is, so that sums begin at 0 again. Two resets at once are as one. */
export function resetCounters(core: Core): void {
  for (const record of records(core)) {
    const atReset = countersOf(record) + COUNTERS;
    for (let counter = 0; counter < COUNTERS; counter++) {
      core.doubles[atReset + counter] = valueOf(core, record, counter);
    }
  }
}

/** Each record's `last` of a ring of cells, oldest first; `written` counts what went into it. */
export function readRings(core: Core, ring: number, cells: number, written: number): number[] {
  const entries: number[] = [];
  for (const record of records(core)) {
    const first = countersOf(record);
    const end = core.doubles[first + written];
    const start = Math.max(core.doubles[first + COUNTERS + written], end - cells);
    for (let i = start; i < end; i++) entries.push(core.doubles[first + ring + (i % cells)]);
  }
  return entries;
}
