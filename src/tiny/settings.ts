/**
 * Tiny: 1 B to 1 KiB. Blocks lie in single slabs; what bounds the caches are their entries
 * (`cacheEntries` of base/sizeclass.ts).
 */
import type { TierSettings } from '../base/settings.js';

/** The settings of the Tiny tier. */
export interface FrontSettings extends TierSettings {
  /** Blocks of each Tiny class that a thread caches when it attaches and asks for no other number. */
  readonly prewarm: number;
}

export const TINY_SETTINGS: FrontSettings = {
  cacheBytes: 144 * 1024,
  cacheBlocks: 254,
  // At most four pages touched ahead of need.
  refillBytes: 16 * 1024,
  refillBlocks: 30,
  spillBytes: 256 * 1024,
  spillMagazines: 8,
  // The first requests of a thread find a block.
  prewarm: 16,
};
