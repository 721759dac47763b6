/**
 * Tiny: 1 B to 1 KiB. Blocks of one slab each class; caches are bounded by their number, since even
 * a full one is at most 60 KiB.
 */
import type { TierSettings } from '../base/settings.js';

export const TINY_SETTINGS: TierSettings = {
  cacheBytes: 64 * 1024,
  cacheBlocks: 60,
  // Half a cache, and at most four pages touched ahead of need.
  refillBytes: 16 * 1024,
  refillBlocks: 30,
  spillBytes: 256 * 1024,
  spillMagazines: 8,
};
