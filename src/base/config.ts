/**
 * The settings of a heap: what each is called as an option and as an environment variable, and its
 * bounds. Their order is that of the tunables in the header; their defaults and reasons stand in the
 * tiers' folders.
 *
 * Two modes. Normal: `Heap.create` looks each up (option, then environment, then default) and writes
 * it into the header, where slow paths read it. Constant, in builds with HAKMEM_CONST_CONFIG=1: the
 * build has put the numbers into the code, and code for what they turn off is gone.
 */
import { assertLayout, RUN_MAX } from './layout.js';
import {
  BIGCACHE_SLOTS,
  SPILL_SLOTS,
  T_BIGCACHE_SLABS,
  T_PREWARM,
  T_SPILL_MAGAZINES,
  TUNABLES,
} from './offsets.js';
import { CLASS_ENTRIES, FIRST_CLASS, MID_LAST, TINY_LAST } from './sizeclass.js';

export type SettingsBox = 'front' | 'mid' | 'large' | 'bigCache';

export interface Setting {
  readonly box: SettingsBox;
  readonly field: string;
  /** The environment variable, and the name for a build with constant settings. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

const MAX_BYTES = 0x7fffffff;
/** @param smallest the tier's smallest class: no class of the tier has more entries in its cache */
function tier(box: SettingsBox, prefix: string, smallest: number): Setting[] {
  // More would have no effect: a cache holds as many blocks, and a refill fills a cache.
  const entries = CLASS_ENTRIES[smallest];
  const setting = (field: string, name: string, least: number, most: number): Setting => ({
    box,
    field,
    name: `HAKMEM_${prefix}_${name}`,
    least,
    most,
  });
  return [
    setting('cacheBytes', 'CACHE_BYTES', 0, MAX_BYTES),
    setting('cacheBlocks', 'CACHE_BLOCKS', 2, entries),
    setting('refillBytes', 'REFILL_BYTES', 0, MAX_BYTES),
    setting('refillBlocks', 'REFILL_BLOCKS', 1, entries),
    setting('spillBytes', 'SPILL_BYTES', 0, MAX_BYTES),
    // 0 turns the tier's spill queues off.
    setting('spillMagazines', 'SPILL_MAGAZINES', 0, SPILL_SLOTS),
  ];
}

/** In the order of the tunables. */
export const SETTINGS: readonly Setting[] = [
  ...tier('front', 'TINY', FIRST_CLASS),
  ...tier('mid', 'MID', TINY_LAST + 1),
  ...tier('large', 'LARGE', MID_LAST + 1),
  // 0 slots turn the BigCache off.
  {
    box: 'bigCache',
    field: 'slots',
    name: 'HAKMEM_BIGCACHE_SLOTS',
    least: 0,
    most: BIGCACHE_SLOTS,
  },
  { box: 'bigCache', field: 'slabs', name: 'HAKMEM_BIGCACHE_SLABS', least: 0, most: RUN_MAX },
  // What a thread that does not say otherwise starts with; see tiny/prewarm.ts.
  {
    box: 'front',
    field: 'prewarm',
    name: 'HAKMEM_TINY_PREWARM',
    least: 0,
    most: CLASS_ENTRIES[FIRST_CLASS],
  },
];

assertLayout(
  SETTINGS.length === TUNABLES &&
    SETTINGS[T_SPILL_MAGAZINES].field === 'spillMagazines' &&
    SETTINGS[T_BIGCACHE_SLABS].name === 'HAKMEM_BIGCACHE_SLABS' &&
    SETTINGS[T_PREWARM].field === 'prewarm',
  'every tunable of the header is a setting, in its place',
);
