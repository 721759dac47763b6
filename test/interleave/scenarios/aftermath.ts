/** How a run's world is cleaned up, by the keeper alone. */
import { acquire } from '../../../src/base/atomics.js';
import { type Core, refreshViews } from '../../../src/base/core.js';
import { R_STATE } from '../../../src/base/offsets.js';
import { flushAll } from '../../../src/cache/flush.js';
import { orphanSlab } from '../../../src/cache/orphans.js';
import { eachOwned } from '../../../src/cache/slabs.js';
import { detachThread } from '../../../src/thread/detach.js';
import { beginReclaim, finishReclaim } from '../../../src/thread/reclaim.js';
import { recordOf } from '../../../src/thread/record.js';
import type { Hand } from './scenario.js';

/** Reclaims a record; false when it is not in use. */
export function reclaim(core: Core, thread: number): boolean {
  const state = acquire(core.cells, recordOf(core, thread) + R_STATE);
  if (!beginReclaim(core, thread, state)) return false;
  finishReclaim(core, thread);
  return true;
}

export function free(heap: Hand, block: number): void {
  heap.free(block);
}

export function detach(core: Core): void {
  refreshViews(core);
  detachThread(core);
}

/** Leaves nothing with this thread. */
export function flush(core: Core): void {
  flushAll(core);
  eachOwned(core, orphanSlab);
}
