/**
 * Mid MT: over 1 KiB to 32 KiB. Blocks lie in segments: runs of one to three slabs that one thread
 * owns, as long as it takes to waste at most an eighth. Caches are bounded in bytes and, for
 * blocks of up to 20 KiB, by their entries (`cacheEntries` of base/sizeclass.ts), not by a number of
 * blocks. How many blocks of a size are in use sways by more than a quarter of that, and what sways
 * is best kept by its thread.
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
