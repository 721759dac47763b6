/** Prewarm: blocks of every Tiny class in a thread's cache before its first malloc. */
import type { Core } from '../base/core.js';
import { C_EMPTY, C_LIMIT, CACHE_SHIFT } from '../base/offsets.js';
import { TINY_LAST } from '../base/sizeclass.js';
import { takeFromSlabs } from '../cache/flow.js';

/** Caches `blocks` blocks of each Tiny class, as far as the heap has them. */
export function prewarm(core: Core, blocks: number): void {
  for (let sizeClass = 1; sizeClass <= TINY_LAST; sizeClass++) {
    const region = core.record + (sizeClass << CACHE_SHIFT);
    const have = core.cells[region] - region - C_EMPTY;
    if (have < blocks && !takeFromSlabs(core, sizeClass, blocks - have)) return;
    if (core.cells[region + C_LIMIT] < region + C_EMPTY + blocks) {
      core.cells[region + C_LIMIT] = region + C_EMPTY + blocks;
    }
  }
}
