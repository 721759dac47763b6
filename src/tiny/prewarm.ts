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
import {
  availableSuperSlab,
  claimSingles,
  releaseSingles,
  slabOf,
  takeVirgins,
} from '../superslab/singles.js';
import { carve } from '../superslab/slab.js';

/**
 * Fills the empty caches with `blocks` blocks of each Tiny class, as far as the heap has them.
 * @atomics cold CORRECTNESS: orphans are noted by the threads that leave.
 */
export function prewarm(core: Core, blocks: number): void {
  if (blocks <= 0) return;
  let superSlab = 0;
  let claimed = 0;
  let virgins = 0;
  for (let sizeClass = 1; sizeClass <= TINY_LAST; sizeClass++) {
    const want = Math.min(blocks, CLASS_ENTRIES[sizeClass]);
    if (acquire(core.cells, core.header + H_ORPHAN_CLASSES + sizeClass) !== 0) {
      if (takeFromSlabs(core, sizeClass, want)) continue;
      break;
    }
    if (claimed === 0) {
      superSlab = availableSuperSlab(core);
      if (superSlab >= 0) claimed = claimSingles(core, superSlab, TINY_LAST - sizeClass + 1);
      if (claimed !== 0) virgins = takeVirgins(core, superSlab, claimed);
      else if (takeFromSlabs(core, sizeClass, want)) continue;
      else break;
    }
    const bit = claimed & -claimed;
    const slab = slabOf(superSlab, bit);
    claimed ^= bit;
    openSlab(core, slab, sizeClass, (virgins & bit) !== 0);
    const region = core.record + CLASS_CACHE[sizeClass];
    reserveStack(core.cells, region, want);
    carve(core, slab, region, inFigure(core, sizeClass), want);
  }
  if (claimed !== 0) releaseSingles(core, superSlab, claimed);
}
