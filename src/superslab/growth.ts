/**
 * Growth: more slabs at the end of the buffer, by any thread, while the others work.
 *
 * Contract: `growFor` may be called by any thread at any time; true means that the capacity rose
 * since the caller last looked, by this thread or by another. The buffer's own length is the truth
 * and only ever rises; the capacity cell says how much of it was handed to the shared pool.
 *
 * Order: lengthen the buffer, raise the capacity by a compare-and-exchange, and whoever won that
 * marks the added slabs free in the hints. From the exchange on others may claim them, as a Large
 * block does that grows in place: what is in use by then `hintAdded` counts as such. Death before the
 * exchange leaves a longer buffer, from which the next grower goes on; death after it leaves slabs that
 * are free without a hint, which `findLost` mends.
 */
import { acquire, addTo, claim } from '../base/atomics.js';
import { type Core, pagesMissing, refreshViews } from '../base/core.js';
import { H_CAPACITY, H_GROWTHS } from '../base/offsets.js';
import { invariant } from '../base/invariant.js';
import {
  ALL_SLABS_FREE,
  SLAB_BYTES,
  SLAB_IN_SUPERSLAB,
  SLABS_PER_ALIGNMENT,
} from '../base/layout.js';
import { PART_GROWTH, STAGE_GROWTH } from '../base/telemetry/cells.js';
import { growthBegins, growthEnds, servedBy } from '../base/telemetry/note.js';
import { timePart } from '../base/telemetry/timing.js';
import { hintAdded } from './pool.js';

/** The least that the heap grows by: one SuperSlab, or an eighth of what it has. */
function step(slabs: number): number {
  return Math.max(32, Math.ceil(slabs / 8 / 32) * 32);
}

/**
 * Grows so that a run of `count` slabs fits, `aligned` as in `claimRun`; false when the maximum or the
 * platform forbids it.
 * @atomics cold CORRECTNESS: the capacity must be the one that `growTo` replaces.
 */
export function growFor(core: Core, count: number, aligned: boolean): boolean {
  const capacity = acquire(core.cells, core.header + H_CAPACITY);
  const { maxSlabs } = core.geometry;
  if (capacity >= maxSlabs) return false;
  // Slab 0 of a SuperSlab has its descriptors.
  const first = Math.ceil(capacity / 32) * 32 + (aligned ? SLABS_PER_ALIGNMENT : 1);
  const end =
    count <= SLAB_IN_SUPERSLAB
      ? Math.min(maxSlabs, first + count)
      : endOfRun(core, capacity, count);
  return end <= maxSlabs && growTo(core, capacity, end);
}

/**
 * Where a run of more than 31 slabs would end that starts as low as it can at the heap's end.
 * @atomics cold CORRECTNESS: free slabs at the end decide how far the heap must grow.
 */
function endOfRun(core: Core, capacity: number, count: number): number {
  const { cells } = core;
  const tail = count & 31;
  const whole = count >>> 5;
  const tailMask = ~0 << (32 - tail);
  let first = capacity >>> 5;
  const partial = ~(~0 << (capacity & 31)) & ALL_SLABS_FREE;
  const last = acquire(cells, core.freeMasks + first);
  if ((capacity & 31) === 0 || (last & partial) === partial) {
    while (first > 0 && acquire(cells, core.freeMasks + first - 1) === ALL_SLABS_FREE) first--;
    const before = first > 0 ? acquire(cells, core.freeMasks + first - 1) : 0;
    if ((before & tailMask) === tailMask) return (first + whole) * 32;
    return (first + 1 + whole) * 32;
  }
  // The last SuperSlab is in use; its slabs beyond the capacity come free with the growth.
  return ((last | ~partial) & tailMask) === tailMask
    ? (first + 1 + whole) * 32
    : (first + 2 + whole) * 32;
}

/**
 * @atomics cold CORRECTNESS: one of the threads that grow at once raises the capacity and counts
 *   the growth, which `stats` reports in every build.
 */
function growTo(core: Core, capacity: number, end: number): boolean {
  if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) growthBegins(core);
  if (FLAGS.HAKMEM_DEBUG_TIMING) timePart(core, PART_GROWTH);
  const { cells, header } = core;
  const wish = Math.min(core.geometry.maxSlabs, Math.max(end, capacity + step(capacity)));
  if (!lengthen(core, wish) && !lengthen(core, end)) {
    if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) growthEnds(core, 0);
    return acquire(cells, header + H_CAPACITY) !== capacity;
  }
  const to = Math.min(core.slabs, wish);
  if (claim(core.cells, header + H_CAPACITY, capacity, to)) {
    addTo(core.cells, header + H_GROWTHS, 1);
    hintAdded(core, capacity, to);
    if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) growthEnds(core, to - capacity);
    if (FLAGS.HAKMEM_REFILL_STAGE_COMPILED) servedBy(core, STAGE_GROWTH);
  } else if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) growthEnds(core, 0);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    const has = acquire(core.cells, header + H_CAPACITY);
    invariant(
      has > capacity && has <= core.geometry.maxSlabs,
      () => `the heap grew from ${capacity} slabs to ${has} of ${core.geometry.maxSlabs}`,
    );
  }
  return true;
}

/** Makes the buffer reach `slabs` and the views with it. */
function lengthen(core: Core, slabs: number): boolean {
  refreshViews(core);
  if (core.slabs >= slabs) return true;
  try {
    if (core.memory) core.memory.grow(pagesMissing(core.memory, slabs * SLAB_BYTES));
    else core.buffer.grow(slabs * SLAB_BYTES);
  } catch {
    // Another thread was faster and grew further, or there is no more to be had.
  }
  refreshViews(core);
  return core.slabs >= slabs;
}
