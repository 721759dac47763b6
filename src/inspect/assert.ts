/** What a debug build checks in every slow path: that this thread's cache of a class is sound. */
import { floorOf } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import { hasFreeMark, SLAB_SHIFT } from '../base/layout.js';
import { CLASS_CACHE, classOfPage } from '../base/sizeclass.js';
import { headOf } from '../superslab/slab.js';
import { cachedOf } from './census.js';

/** @throws HakmemError `ERR_BROKEN_INVARIANT` with what is wrong, by a stray write or by a bug. */
export function assertCache(core: Core, sizeClass: number): void {
  const { cells } = core;
  const region = core.record + CLASS_CACHE[sizeClass];
  const here = `in thread ${core.thread}'s cache of class ${sizeClass}`;
  invariant(floorOf(cells, region) !== 0, () => `there is no floor ${here}`);
  for (const address of cachedOf(core, core.thread, sizeClass)) {
    const page = cells[core.pageMap + headOf(core, address >>> SLAB_SHIFT)];
    invariant(
      classOfPage(page) === sizeClass,
      () => `the block at ${address} ${here} belongs to another class`,
    );
    invariant(
      hasFreeMark(cells, address),
      () => `the free block at ${address} ${here} was written to`,
    );
  }
}
