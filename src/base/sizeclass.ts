/**
 * Size classes: the one table of every block size, which tier it belongs to, and how its blocks
 * lie in a run of slabs.
 *
 * Every multiple of 16 to 128, then four classes per doubling to 64 KiB or so (the spacing of
 * jemalloc and tcmalloc): above the 16-byte rounding that alignment imposes no request wastes
 * more than 25 % of its block, and the mean over sizes is about 10 %. Where slabs of 32 KiB would be
 * cut with a large remainder, a class takes a run of several slabs.
 */
import { CACHE_FULL, CACHE_MAGIC, R_CACHES } from './offsets.js';
import {
  CLASS_MAX,
  LARGE_CLASS,
  MID_MAX,
  PAGE_KIND,
  PAGE_LARGE,
  SLAB_BYTES,
  TINY_MAX,
} from './layout.js';

export const TIER_TINY = 0;
export const TIER_MID = 1;
const TIER_LARGE = 2;

/** Class 0 is "no class". */
export const FIRST_CLASS = 1;

function classSizes(): number[] {
  const sizes: number[] = [];
  for (let size = 16; size <= 128; size += 16) sizes.push(size);
  for (let octave = 128; octave < 32768; octave *= 2) {
    for (let quarter = 5; quarter <= 8; quarter++) sizes.push((octave / 4) * quarter);
  }
  // L2.5: 56, 112 and 224 KiB are left out, since their slabs would waste what they save.
  for (const kib of [40, 48, 64, 80, 96, 128, 160, 192, 256]) sizes.push(kib * 1024);
  return sizes;
}

/**
 * The fewest slabs whose remainder after cutting is at most an eighth of the run: the smaller a run,
 * the sooner all of its blocks are free. For blocks over a slab a thirty-second, so that runs of 80
 * KiB blocks come out even.
 */
function runSlabs(size: number): number {
  let slabs = Math.ceil(size / SLAB_BYTES);
  const share = size > SLAB_BYTES ? 32 : 8;
  while (((slabs * SLAB_BYTES) % size) * share > slabs * SLAB_BYTES) slabs++;
  return slabs;
}

const SIZES = classSizes();

/** One more than the highest class. */
export const CLASS_COUNT = SIZES.length + 1;
/** The highest class of the Tiny and of the Mid tier. */
export const TINY_LAST = SIZES.indexOf(TINY_MAX) + 1;
export const MID_LAST = SIZES.indexOf(MID_MAX) + 1;

/** Bytes of a block, by class. */
export const CLASS_BYTES = new Int32Array(64);
/** Slabs of a run, by class. */
export const CLASS_SLABS = new Int32Array(64);
/** Blocks of a run, by class. */
export const CLASS_CAPACITY = new Int32Array(64);
/**
 * ceil(2^32 / block bytes), by class; 0 where there is no class. `off * magic mod 2^32 < magic`
 * holds exactly where the class's block size divides `off`, for every off of a block in a run
 * (Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019); 0 refuses everything, and 1
 * all but the only block of a run that has no second one.
 */
export const CLASS_MAGIC = new Uint32Array(64);

/**
 * The most blocks that a thread's cache has entries for, by class. Small blocks are handed over in
 * large numbers, and the tables of 64 threads must fit three SuperSlabs.
 */
export const CLASS_ENTRIES = new Int32Array(64);
/** The cell of the word of a class's cache, from the record's start; its entries stand before it. */
export const CLASS_CACHE = new Uint16Array(64);

function cacheEntries(size: number): number {
  if (size <= 128) return CACHE_FULL - 1;
  if (size <= TINY_MAX) return 141;
  if (size <= 4096) return 62;
  return size <= MID_MAX ? 45 : 8;
}

SIZES.forEach((size, index) => {
  const sizeClass = index + 1;
  CLASS_BYTES[sizeClass] = size;
  CLASS_SLABS[sizeClass] = runSlabs(size);
  CLASS_CAPACITY[sizeClass] = Math.floor((runSlabs(size) * SLAB_BYTES) / size);
  CLASS_MAGIC[sizeClass] = CLASS_CAPACITY[sizeClass] > 1 ? Math.ceil(2 ** 32 / size) : 1;
});

/** The floor, the entries, the word and the magic number, in halves of cache lines. */
const cacheCells = (entries: number): number => Math.ceil((entries + 3) / 8) * 8;

/** One past the last cell of the caches in a record. */
export const CACHES_END = SIZES.reduce((cell, size, index) => {
  CLASS_ENTRIES[index + 1] = cacheEntries(size);
  const end = cell + cacheCells(cacheEntries(size));
  CLASS_CACHE[index + 1] = end - 1 - CACHE_MAGIC;
  return end;
}, R_CACHES);

/** The class of a page map word's kind; 0 where no block starts. */
const KIND_CLASS = new Uint8Array(CACHES_END);
KIND_CLASS[PAGE_LARGE] = LARGE_CLASS;
for (let sizeClass = FIRST_CLASS; sizeClass < CLASS_COUNT; sizeClass++) {
  KIND_CLASS[CLASS_CACHE[sizeClass]] = sizeClass;
}

/** The size class of a page map word, `LARGE_CLASS` for a Large block; 0 where no block starts. */
export function classOfPage(page: number): number {
  const kind = page & PAGE_KIND;
  return kind < CACHES_END ? KIND_CLASS[kind] : 0;
}

/**
 * Where the cache of a request's class stands, by `(bytes - 1) >>> 4`: the way of malloc. So 0 has no
 * place here, like the numbers below it, and one comparison finds both.
 */
export const REQUEST_CACHE = new Uint16Array(CLASS_MAX >>> 4);

/** The class of a request of 0 to CLASS_MAX bytes, by `(bytes + 15) >>> 4`. */
export const REQUEST_CLASS = new Uint8Array((CLASS_MAX >>> 4) + 1);

// A call for each class: a loop over all granules is most of what an import of the module takes.
SIZES.reduce((from, size, index) => {
  const end = (size >>> 4) + 1;
  REQUEST_CLASS.fill(index + 1, from, end);
  REQUEST_CACHE.fill(CLASS_CACHE[index + 1], Math.max(from, 1) - 1, end - 1);
  return end;
}, 0);

/** The class for a request of up to CLASS_MAX bytes. */
export function classOf(size: number): number {
  return REQUEST_CLASS[(size + 15) >>> 4];
}

/** The smallest class for `size` bytes whose blocks all lie on multiples of `alignment`; 0 if none. */
export function alignedClassOf(alignment: number, size: number): number {
  for (let sizeClass = classOf(size); sizeClass < CLASS_COUNT; sizeClass++) {
    if (CLASS_BYTES[sizeClass] % alignment === 0) return sizeClass;
  }
  return 0;
}

export function tierOf(sizeClass: number): number {
  return sizeClass <= TINY_LAST ? TIER_TINY : sizeClass <= MID_LAST ? TIER_MID : TIER_LARGE;
}
