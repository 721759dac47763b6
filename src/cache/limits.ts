/**
 * How much a thread caches of a class: from the tunables of the class's tier, looked up on slow
 * paths only. The tiers differ in these numbers; their defaults and reasons stand in the tiers'
 * folders.
 */
import { type Core, tunable } from '../base/core.js';
import {
  MAGAZINE_MAX,
  SPILL_SLOTS,
  T_CACHE_BLOCKS,
  T_CACHE_BYTES,
  T_REFILL_BLOCKS,
  T_REFILL_BYTES,
  T_SPILL_BYTES,
  T_SPILL_MAGAZINES,
  TIER_TUNABLES,
} from '../base/offsets.js';
import { CLASS_BYTES, CLASS_ENTRIES, tierOf } from '../base/sizeclass.js';

/** A cache starts this deep and doubles each time it is full, up to `cacheDepth` (slow start). */
export const FIRST_DEPTH = 8;

/**
 * Up to so many blocks, and so many bytes, a cache becomes deeper each time it is full; further
 * only when it was also empty in between, for then what leaves it is soon taken back in. A thread
 * that only frees does not hoard.
 */
const STEADY_DEPTH = 62;
const STEADY_BYTES = 256 * 1024;

export function steadyDepth(sizeClass: number): number {
  return Math.min(STEADY_DEPTH, Math.trunc(STEADY_BYTES / CLASS_BYTES[sizeClass]));
}

/** How many blocks fit `bytes`, at most `blocks`, at least `least`. */
function bounded(
  core: Core,
  sizeClass: number,
  bytes: number,
  blocks: number,
  least: number,
): number {
  const tier = tierOf(sizeClass) * TIER_TUNABLES;
  const fit = Math.trunc(tunable(core, tier + bytes) / CLASS_BYTES[sizeClass]);
  return Math.max(least, Math.min(fit, tunable(core, tier + blocks)));
}

/** The most blocks of a class that a thread's cache holds. */
export function cacheDepth(core: Core, sizeClass: number): number {
  return Math.min(
    CLASS_ENTRIES[sizeClass],
    bounded(core, sizeClass, T_CACHE_BYTES, T_CACHE_BLOCKS, 2),
  );
}

/** The most blocks of a magazine: half a cache, as far as a slot holds them. */
function magazineBlocks(core: Core, sizeClass: number): number {
  return Math.min(MAGAZINE_MAX, cacheDepth(core, sizeClass) >>> 1);
}

/** Blocks that a refill takes from slabs. */
export function refillBlocks(core: Core, sizeClass: number): number {
  return Math.min(
    CLASS_ENTRIES[sizeClass],
    bounded(core, sizeClass, T_REFILL_BYTES, T_REFILL_BLOCKS, 1),
  );
}

/** Full magazines that may wait in a class's spill queue. */
export function spillTarget(core: Core, sizeClass: number): number {
  const tier = tierOf(sizeClass) * TIER_TUNABLES;
  const most = tunable(core, tier + T_SPILL_MAGAZINES);
  if (most === 0) return 0;
  const bytes = magazineBlocks(core, sizeClass) * CLASS_BYTES[sizeClass];
  const fit = Math.trunc(tunable(core, tier + T_SPILL_BYTES) / bytes);
  return Math.max(1, Math.min(fit, SPILL_SLOTS, most));
}
