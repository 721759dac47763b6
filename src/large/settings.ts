/**
 * Large: over 32 KiB. To 256 KiB there are size classes, cut from short runs of slabs and cached by
 * each thread like smaller ones, a few blocks each (the L2.5 pool). Above that a block is a run of
 * slabs of its own, and the BigCache keeps freed ones.
 */
import type { TierSettings } from '../base/settings.js';

export const LARGE_SETTINGS: TierSettings = {
  cacheBytes: 1024 * 1024,
  cacheBlocks: 8,
  refillBytes: 64 * 1024,
  refillBlocks: 2,
  spillBytes: 512 * 1024,
  spillMagazines: 4,
};

/** Slots of the BigCache in use, and the longest run kept, in slabs (256 MiB). */
export const BIGCACHE_SETTINGS = { slots: 32, slabs: 8192 } as const;
