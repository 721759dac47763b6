/** Words of 32 bits as sets: of slabs of a SuperSlab, of blocks, of slots. */

/** Bits set in a word (Hacker's Delight, 5-1). */
export function population(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The slab that the highest bit of a mask of a SuperSlab names; so too for other sets of 32. */
export function slabOf(superSlab: number, mask: number): number {
  return superSlab * 32 + 31 - Math.clz32(mask);
}
