/** The numbers in which the tiers differ; see `cache/limits.ts` for what each one does. */
export interface TierSettings {
  /**
   * A thread caches at most this much of one class: the smaller bound counts. Blocks: 2 to the
   * entries that the tier's smallest class has (docs/flags.md); larger classes may have fewer,
   * which then count.
   */
  readonly cacheBytes: number;
  readonly cacheBlocks: number;
  /** A refill takes at most this much from slabs: the smaller bound counts. Blocks as above, from 1. */
  readonly refillBytes: number;
  readonly refillBlocks: number;
  /** Full magazines of one class that wait for other threads: the smaller bound counts. */
  readonly spillBytes: number;
  readonly spillMagazines: number;
}
