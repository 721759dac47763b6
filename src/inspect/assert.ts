/** What a debug build checks in every slow path: that this thread's cache of a class is sound. */
import { floorOf } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import { FREE_MARK, PAGE_CLASS, SLAB_SHIFT } from '../base/layout.js';
import { CLASS_CACHE } from '../base/sizeclass.js';
import { headOf } from '../superslab/slab.js';
import { cachedOf } from './census.js';

/** @throws Error with what is wrong: the heap is damaged, by a stray write or by a bug. */
export function assertCache(core: Core, sizeClass: number): void {
  const { cells } = core;
  const region = core.record + CLASS_CACHE[sizeClass];
  const fail = (what: string): never => {
    throw new Error(`hakmem: thread ${core.thread}, cache of class ${sizeClass}: ${what}`);
  };
  if (floorOf(cells, region) === 0) fail('its stack has no floor');
  for (const address of cachedOf(core, core.thread, sizeClass)) {
    const page = cells[core.pageMap + headOf(core, address >>> SLAB_SHIFT)];
    if ((page & PAGE_CLASS) !== sizeClass) fail(`${address} belongs to another class`);
    if (((cells[address >>> 2] ^ address) | 1) !== FREE_MARK) {
      fail(`the free block at ${address} was written to`);
    }
  }
}
