/** Prewarm: blocks of every Tiny class in a thread's cache before its first malloc. */
import { stackDepth } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import { CACHE_SHIFT } from '../base/offsets.js';
import { TINY_LAST } from '../base/sizeclass.js';
import { takeFromSlabs } from '../cache/flow.js';

/** Caches `blocks` blocks of each Tiny class, as far as the heap has them. */
export function prewarm(core: Core, blocks: number): void {
  for (let sizeClass = 1; sizeClass <= TINY_LAST; sizeClass++) {
    const region = core.record + (sizeClass << CACHE_SHIFT);
    const have = stackDepth(core.cells, region);
    if (have < blocks && !takeFromSlabs(core, sizeClass, blocks - have)) return;
  }
}
