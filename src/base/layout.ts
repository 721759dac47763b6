/**
 * Units and word encodings of a heap. Base constants, then what derives from them, then assertions.
 * Addresses are byte offsets into the buffer, at most 2^32 - 1; as 32-bit cells they may be negative
 * and are read with `>>> 0`. Cells are indices of 32-bit words: at most 2^30, always small integers.
 */

export const SLAB_SHIFT = 15;
/**
 * A SuperSlab has as many slabs as a word has bits, and that stays so: what says which slabs, or which
 * SuperSlabs, is a word or words of bits. So 5, 31 and 32 stand in the code for a slab's SuperSlab, its
 * bit and their number, and 10, 1023 and 1024 for words of a bit for each SuperSlab.
 */
export const SLABS_SHIFT = 5;
/** Every block's address is a multiple of this. */
export const GRANULE = 16;
/** The most that `memalign` gives: two slabs. A run that it needs so starts at every other slab only. */
export const MAX_ALIGNMENT = 65536;
/** The largest buffer: 32-bit addresses. */
export const MAX_HEAP_BYTES = 2 ** 32;
export const MAX_THREADS = 1024;

/** The largest request of the Tiny tier and of the Mid tier, in bytes. */
export const TINY_MAX = 1024;
export const MID_MAX = 32 * 1024;
/** The largest request that has a size class; above it a block is a run of slabs of its own. */
export const CLASS_MAX = 256 * 1024;
/** The most that a thread keeps of Large blocks above the classes. */
export const KEPT_MAX = 4 * 1024 * 1024;

/** In hardened builds, the last bytes of every block, which say who has it; see hardened/trailer.ts. */
export const TRAILER_BYTES = 32;

// Derived, not configurable.
export const SLAB_BYTES = 1 << SLAB_SHIFT;
export const SLAB_KIB = SLAB_BYTES >>> 10;
export const SLAB_CELLS = SLAB_BYTES >>> 2;
export const SLABS_PER_ALIGNMENT = MAX_ALIGNMENT >>> SLAB_SHIFT;
export const SLABS_PER_SUPERSLAB = 1 << SLABS_SHIFT;
/** The mask of a slab's number within its SuperSlab, which is also how many slabs of one have blocks. */
export const SLAB_IN_SUPERSLAB = SLABS_PER_SUPERSLAB - 1;
export const SUPERSLAB_BYTES = SLAB_BYTES * SLABS_PER_SUPERSLAB;
export const SUPERSLAB_CELL_SHIFT = SLAB_SHIFT + SLABS_SHIFT - 2;
/** Free mask of a SuperSlab that nobody uses: every slab but the one with the descriptors. */
export const ALL_SLABS_FREE = ~1;
/** The slabs of a SuperSlab that start on multiples of `MAX_ALIGNMENT`. */
export const ALIGNED_SLABS = 0x55555555;

/**
 * A block that is free carries `address ^ FREE_MARK` in its first word, and with the lowest bit
 * flipped while its memory has never been handed out (so it is zero beyond that word). Addresses
 * are multiples of 16, so `((word ^ address) | 1) === FREE_MARK` finds both.
 */
export const FREE_MARK = 0x48616b6d;

/*
 * Page map, one plain word for each slab, with a kind in its low 13 bits:
 * - a slab of a run cut into blocks: the kind is where the word of the class's cache stands in a
 *   thread record, so that `free` is there without a table. The four bits above it are the slab's rank,
 *   its distance from the first of the run. The highest bits are one less than how many of the slab's
 *   bytes were carved, so `offset << CARVED_SHIFT < word` tells whether an offset was. While none are,
 *   there is the rank alone;
 * - the first slab of a Large block in use or in a run cache: `PAGE_LARGE | slabs << PAGE_SHIFT`;
 * - the first slab of a run in the BigCache: `PAGE_LARGE`;
 * - any other, where no block starts: 0.
 * All kinds but the first lead to cells of the record that are always 0, as no magic number is. Only
 * the thread that owns the slab, or holds the Large block, writes its word.
 */
export const PAGE_LARGE = 4;
export const PAGE_SHIFT = 13;
export const PAGE_KIND = (1 << PAGE_SHIFT) - 1;
/** The most slabs of a run cut into blocks. */
export const RANKS = 16;
export const PAGE_RANK = (RANKS - 1) << PAGE_SHIFT;
/** `(word << RANK_SHIFT) & RANK_BYTES`: the bytes of the slabs before. */
export const RANK_SHIFT = SLAB_SHIFT - PAGE_SHIFT;
export const RANK_BYTES = PAGE_RANK << RANK_SHIFT;
export const CARVED_SHIFT = 32 - SLAB_SHIFT;

/** A run in one word, as the BigCache and the run caches name it: `slab | slabs << RUN_SHIFT`. */
export const RUN_SHIFT = 17;
export const RUN_SLAB = (1 << RUN_SHIFT) - 1;
/** The most slabs of a run in such a word. */
export const RUN_MAX = -1 >>> RUN_SHIFT;

/** Stands for the size class of a Large block above the classes. */
export const LARGE_CLASS = 63;

/*
 * Slab states, one atomic word for each slab: a kind in the low four bits, its argument above.
 * They alone say who owns a slab; every change of hands is one compare-and-exchange of this word.
 */
export const SLAB_FREE = 0;
/** Held by thread `argument` alone while it sets up or takes down a run. */
export const SLAB_CLAIMED = 1;
/** The first slab of a run cut into blocks, owned by thread `argument`. */
export const SLAB_OWNED = 2;
/** Such a run whose owner has gone: the next thread that adopts it owns it. */
export const SLAB_ORPHAN = 3;
/** Belongs to the run that starts `argument` slabs before. */
export const SLAB_INNER = 4;
/** The first slab of a Large block of `argument` slabs, in use. */
export const SLAB_LARGE = 5;
/** The same, freed and kept by the BigCache. */
export const SLAB_CACHED = 6;
/** The heap's own tables, or bytes that the user reserved. */
export const SLAB_RESERVED = 7;
export const KIND = 15;
export const ARGUMENT_SHIFT = 4;

/** Whether the block at an address has a free block's first word, its lowest bit either way. */
export function hasFreeMark(cells: Int32Array, address: number): boolean {
  return ((cells[address >>> 2] ^ address) | 1) === FREE_MARK;
}

/** Throws while the module loads: a layout that breaks its own rules must not run. */
export function assertLayout(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`hakmem layout: ${sentence}`);
}

assertLayout(
  SLABS_PER_ALIGNMENT === 2 && ALIGNED_SLABS === 0xffffffff / 3,
  'every other slab starts on a multiple of the largest alignment',
);
assertLayout(
  MAX_HEAP_BYTES / SLAB_BYTES <= 1 << Math.min(RUN_SHIFT, 32 - PAGE_SHIFT),
  'a slab number fits into a run word, and a number of slabs into a page map word',
);
assertLayout(
  1 << CARVED_SHIFT > PAGE_RANK && RANK_SHIFT >= 0,
  'a page map word has the bytes carved above the rank, and the rank above the kind',
);
assertLayout(SLABS_PER_SUPERSLAB === 32, 'a SuperSlab is one 32-bit mask of slabs');
assertLayout((FREE_MARK & 1) === 1, 'the mark leaves its lowest bit for "never handed out"');
assertLayout(MAX_THREADS <= 1 << (32 - ARGUMENT_SHIFT), 'a state word must hold a thread number');
