/**
 * Mid MT: over 1 KiB to 32 KiB. Blocks lie in segments: runs of one to three slabs that one thread
 * owns, as long as it takes to waste at most an eighth. Caches are bounded in bytes and, up to 20 KiB, by
 * their entries (`cacheEntries` of base/sizeclass.ts), not by their number of blocks. The numbers of blocks
 * of a size sway by more than a quarter of that, and what sways is best kept by its thread.
 */
import type { TierSettings } from '../base/settings.js';

export const MID_SETTINGS: TierSettings = {
  cacheBytes: 1024 * 1024,
  cacheBlocks: 62,
  // At least one block, and seldom more than a segment's worth.
  refillBytes: 32 * 1024,
  refillBlocks: 16,
  spillBytes: 1024 * 1024,
  spillMagazines: 8,
};
