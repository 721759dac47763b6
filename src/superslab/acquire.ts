/**
 * How a run of slabs is found: in the shared pool, in what this thread's run cache and the BigCache
 * give up, in growth, and at last among slabs whose hint a dead thread left out.
 */
import type { Core } from '../base/core.js';
import { emptyBigCache } from './bigcache.js';
import { growFor } from './growth.js';
import { emptyRunCache } from './runcache.js';
import { claimRun, findLost } from './pool.js';

/** Gives back what is kept whole, here and in the BigCache; true if there was any. */
export function giveUpRuns(core: Core): boolean {
  const kept = emptyRunCache(core, core.record);
  return emptyBigCache(core) || kept > 0;
}

/** Claims a run of `count` slabs for this thread; its first slab, or 0 when the heap is exhausted. */
export function acquireRun(core: Core, count: number): number {
  let slab = claimRun(core, count);
  if (slab === 0 && giveUpRuns(core)) slab = claimRun(core, count);
  while (slab === 0 && growFor(core, count)) slab = claimRun(core, count);
  if (slab === 0) {
    findLost(core);
    slab = claimRun(core, count);
  }
  return slab;
}
