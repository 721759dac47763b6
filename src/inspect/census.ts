/**
 * Census: where every block of a class is at this moment, by walking bitmaps, caches and magazines.
 *
 * Exact while no other thread is inside the heap; otherwise a picture of many moments.
 *
 * @atomics cold CORRECTNESS: a state that its owner publishes tells whose blocks the plain cells
 *   count.
 */
import { acquire } from '../base/atomics.js';
import { bottomOf, topOf } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import {
  D_CARVED,
  D_CLASS,
  D_LOCAL,
  D_REMOTE,
  H_CAPACITY,
  R_RUNS,
  RUNS_COUNT,
  SLOT_ENTRIES,
  SLOT_STATE,
  SPILL_SLOTS,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  RUN_SHIFT,
  RUN_SLAB,
  SLAB_BYTES,
  SLAB_LARGE,
  SLAB_ORPHAN,
  SLAB_OWNED,
} from '../base/layout.js';
import { CLASS_BYTES, CLASS_CACHE, CLASS_CAPACITY, CLASS_COUNT } from '../base/sizeclass.js';
import { queueOf, SLOT_FULL, SLOT_KIND, slotBlocks, slotOf } from '../queue/spill.js';
import { descriptorOf } from '../superslab/slab.js';
import { recordOf } from '../thread/record.js';

/** Visits the heads of all runs cut into blocks; `owner` is -1 for an orphan. */
export function* slabsOf(core: Core): IterableIterator<{ slab: number; owner: number }> {
  const end = Math.min(core.slabs, acquire(core.cells, core.header + H_CAPACITY));
  for (let slab = core.geometry.firstSlab; slab < end; slab++) {
    const state = acquire(core.cells, core.states + slab);
    const kind = state & KIND;
    if (kind === SLAB_OWNED) yield { slab, owner: state >>> ARGUMENT_SHIFT };
    else if (kind === SLAB_ORPHAN) yield { slab, owner: -1 };
  }
}

/** A Large block above the size classes. */
export interface Run {
  readonly slab: number;
  readonly slabs: number;
}

/** What waits in a thread's run cache. */
export function* keptOf(core: Core, thread: number): IterableIterator<Run> {
  const runs = recordOf(core, thread) + R_RUNS;
  for (let i = core.cells[runs] & RUNS_COUNT; i > 0; i--) {
    const entry = core.cells[runs + i];
    yield { slab: entry & RUN_SLAB, slabs: entry >>> RUN_SHIFT };
  }
}

/** Visits the Large blocks in use above the size classes; none reaches beyond the heap's end. */
export function* runsOf(core: Core): IterableIterator<Run> {
  const kept = new Set<number>();
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    for (const { slab } of keptOf(core, thread)) kept.add(slab);
  }
  const end = Math.min(core.slabs, acquire(core.cells, core.header + H_CAPACITY));
  for (let slab = core.geometry.firstSlab; slab < end; slab++) {
    const state = acquire(core.cells, core.states + slab);
    if ((state & KIND) !== SLAB_LARGE || kept.has(slab)) continue;
    yield { slab, slabs: Math.min(state >>> ARGUMENT_SHIFT, end - slab) };
  }
}

/** Addresses of one class that wait in a thread's cache. */
export function* cachedOf(core: Core, thread: number, sizeClass: number): IterableIterator<number> {
  const region = recordOf(core, thread) + CLASS_CACHE[sizeClass];
  const top = topOf(core.cells, region);
  for (let cell = top; cell > bottomOf(region) && core.cells[cell] !== 0; cell--) {
    yield core.cells[cell] >>> 0;
  }
}

/** Addresses of one class that wait in the spill queue. */
export function* spilledOf(core: Core, sizeClass: number): IterableIterator<number> {
  const queue = queueOf(core, sizeClass);
  for (let index = 0; index < SPILL_SLOTS; index++) {
    const slot = slotOf(queue, index);
    const state = acquire(core.cells, slot + SLOT_STATE);
    if ((state & SLOT_KIND) !== SLOT_FULL) continue;
    for (let i = 0; i < slotBlocks(state); i++) yield core.cells[slot + SLOT_ENTRIES + i] >>> 0;
  }
}

/** Every address that waits in a cache or a magazine. */
export function waitingBlocks(core: Core): Set<number> {
  const waiting = new Set<number>();
  const records = core.recordsUsed;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    for (let thread = 0; thread < records; thread++) {
      for (const address of cachedOf(core, thread, sizeClass)) waiting.add(address);
    }
    for (const address of spilledOf(core, sizeClass)) waiting.add(address);
  }
  return waiting;
}

/** Visits the blocks of a slab that were handed out or wait, not those in its bitmaps. */
export function* takenBlocks(core: Core, slab: number): IterableIterator<number> {
  const { cells } = core;
  const d = descriptorOf(slab);
  const bytes = CLASS_BYTES[cells[d + D_CLASS]];
  const carved = Math.min(cells[d + D_CARVED], CLASS_CAPACITY[cells[d + D_CLASS] & 63]);
  for (let index = 0; index < carved; index++) {
    const word = index >>> 5;
    const free = cells[d + D_LOCAL + word] | acquire(cells, d + D_REMOTE + word);
    if ((free & (1 << (index & 31))) === 0) yield slab * SLAB_BYTES + index * bytes;
  }
}
