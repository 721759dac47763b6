/** Every block in use, one by one. */
import type { Core } from '../base/core.js';
import { D_CLASS } from '../base/offsets.js';
import { LARGE_CLASS, SLAB_BYTES } from '../base/layout.js';
import { CLASS_BYTES, TIER_MID, TIER_TINY, tierOf } from '../base/sizeclass.js';
import { route } from '../route.js';
import { descriptorOf } from '../superslab/slab.js';
import { runsOf, slabsOf, takenBlocks, waitingBlocks } from './census.js';

/** One block in use. */
export interface BlockInfo {
  /** Its address. */
  readonly ptr: number;
  /** Its usable bytes. */
  readonly size: number;
  readonly tier: 'tiny' | 'mid' | 'large';
  /** Its size class from 1 on, or 0 for a Large block above the classes. */
  readonly sizeClass: number;
  /**
   * The thread that owns its slab, which need not be the one that allocated it; -1 when the owner
   * has gone, and for a Large block above the classes, which nobody owns.
   */
  readonly owner: number;
}

function tierName(sizeClass: number): BlockInfo['tier'] {
  const tier = tierOf(sizeClass);
  return tier === TIER_TINY ? 'tiny' : tier === TIER_MID ? 'mid' : 'large';
}

/** Each is in use when it is yielded: the caller may have freed it since the walk began. */
export function* blocksOf(core: Core): IterableIterator<BlockInfo> {
  const waiting = waitingBlocks(core);
  for (const { slab, owner } of slabsOf(core)) {
    const sizeClass = core.cells[descriptorOf(slab) + D_CLASS];
    for (const ptr of takenBlocks(core, slab)) {
      if (waiting.has(ptr) || route(core, ptr) !== sizeClass) continue;
      const size = CLASS_BYTES[sizeClass];
      yield { ptr, size, tier: tierName(sizeClass), sizeClass, owner };
    }
  }
  for (const { slab, slabs } of runsOf(core)) {
    const ptr = slab * SLAB_BYTES;
    if (route(core, ptr) !== LARGE_CLASS) continue;
    yield {
      ptr,
      size: slabs * SLAB_BYTES,
      tier: 'large',
      sizeClass: 0,
      owner: -1,
    };
  }
}
