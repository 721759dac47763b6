/**
 * Detach: a thread leaves and nothing of it stays behind but the blocks in use.
 *
 * Order: the caches are emptied, the slabs orphaned or released, then the record is free. Death in
 * between leaves the record ATTACHED with less in it than before, which `reclaim` finishes.
 */
import { acquire, publish } from '../base/atomics.js';
import { type Core, DETACHED } from '../base/core.js';
import { R_REMOTE_SLABS, R_STATE } from '../base/offsets.js';
import { flushNoted } from '../cache/flush.js';
import { orphanSlab } from '../cache/orphans.js';
import { eachOwned } from '../cache/slabs.js';
import { assertLeft, RECORD_FREE, recordCount, recordState } from './record.js';

/**
 * Gives up this thread's record; `core` must not be used afterwards.
 * @atomics cold CORRECTNESS: the record is given up after all that it held.
 */
export function detachThread(core: Core): void {
  flushNoted(core);
  eachOwned(core, orphanSlab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertLeft(core, core.record);
  const state = acquire(core.cells, core.record + R_STATE);
  publish(core.cells, core.record + R_STATE, recordState(RECORD_FREE, 0, recordCount(state)));
  core.thread = DETACHED;
}

/**
 * Debug build: gives up this thread's record in a heap that is too damaged for that. Slabs and blocks that
 * could not be brought back are lost, but the record is not.
 *
 * @atomics cold CORRECTNESS: the record is given up when it names no slabs any more.
 */
export function abandonRecord(core: Core): void {
  const { cells, record } = core;
  const owned = record + core.geometry.ownedOffset;
  cells.fill(0, owned, owned + core.geometry.ownedOffset - R_REMOTE_SLABS);
  const state = acquire(cells, record + R_STATE);
  publish(cells, record + R_STATE, recordState(RECORD_FREE, 0, recordCount(state)));
  core.thread = DETACHED;
}
