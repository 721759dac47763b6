/**
 * How a run of slabs is found: in the shared pool, in what the BigCache gives up, in growth, and at
 * last among slabs whose hint a dead thread left out.
 *
 * A thread that needs slabs first passes what its run cache keeps on to the BigCache: memory that is
 * in demand does not lie idle with one thread, nor counts as in use.
 */
import type { Core } from '../base/core.js';
import { emptyBigCache } from './bigcache.js';
import { growFor } from './growth.js';
import { emptyRunCache, passRunsOn } from './runcache.js';
import { claimRun, findLost } from './pool.js';

/** Gives the runs that this thread's run cache and the BigCache keep back to the shared pool. */
export function giveUpRuns(core: Core): void {
  emptyRunCache(core, core.record);
  emptyBigCache(core);
}

/**
 * Claims a run of `count` slabs for this thread, see `claimRun`; its first slab, or 0 when the heap is
 * exhausted.
 */
export function acquireRun(core: Core, count: number, aligned: boolean): number {
  passRunsOn(core);
  let slab = claimRun(core, count, aligned);
  if (slab === 0 && emptyBigCache(core)) slab = claimRun(core, count, aligned);
  while (slab === 0 && growFor(core, count, aligned)) slab = claimRun(core, count, aligned);
  if (slab === 0) {
    findLost(core);
    slab = claimRun(core, count, aligned);
  }
  return slab;
}
