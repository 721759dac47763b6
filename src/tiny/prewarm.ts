/**
 * Prewarm: blocks of every Tiny class in a thread's cache before its first malloc.
 *
 * A thread runs it once, in V8's interpreter, so what counts is how few functions it enters: each
 * class gets a slab of its own, from which its blocks are cut at once. Where orphans wait, or the
 * pool is empty, blocks come the way of every refill.
 */
import { acquire } from '../base/atomics.js';
import { reserveStack } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import { H_ORPHAN_CLASSES } from '../base/offsets.js';
import { CLASS_CACHE, CLASS_ENTRIES, TINY_LAST } from '../base/sizeclass.js';
import { takeFromSlabs } from '../cache/flow.js';
import { openSlab } from '../cache/slabs.js';
import { inFigure } from '../queue/spill.js';
import { claimRun, takeVirginity } from '../superslab/pool.js';
import { carve } from '../superslab/slab.js';

/**
 * Fills the empty caches with `blocks` blocks of each Tiny class, as far as the heap has them.
 * @atomics cold CORRECTNESS: orphans are noted by the threads that leave.
 */
export function prewarm(core: Core, blocks: number): void {
  if (blocks === 0) return;
  for (let sizeClass = 1; sizeClass <= TINY_LAST; sizeClass++) {
    const want = Math.min(blocks, CLASS_ENTRIES[sizeClass]);
    const orphans = acquire(core.cells, core.header + H_ORPHAN_CLASSES + sizeClass);
    const slab = orphans === 0 ? claimRun(core, 1) : 0;
    if (slab === 0) {
      if (!takeFromSlabs(core, sizeClass, want)) return;
      continue;
    }
    openSlab(core, slab, sizeClass, takeVirginity(core, slab, 1, false));
    const region = core.record + CLASS_CACHE[sizeClass];
    reserveStack(core.cells, region, want);
    carve(core, slab, region, inFigure(core, sizeClass), want);
  }
}
