/**
 * Tiny: 1 B to 1 KiB. Blocks of one slab each class; caches are bounded in bytes and by the stack.
 */
import type { TierSettings } from '../base/settings.js';

export const TINY_SETTINGS: TierSettings = {
  cacheBytes: 144 * 1024,
  cacheBlocks: 254,
  // At most four pages touched ahead of need.
  refillBytes: 16 * 1024,
  refillBlocks: 30,
  spillBytes: 256 * 1024,
  spillMagazines: 8,
};
