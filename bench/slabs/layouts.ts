/** How blocks could be laid out in slabs: what the library does, and what it could do instead. */
import { CLASS_MAX, SLAB_BYTES } from '../../src/base/layout.js';
import { CLASS_BYTES } from '../../src/base/sizeclass.js';

export interface Layout {
  readonly about: string;
  readonly slabBytes: number;
  /** The largest request that has a class; a larger one is a run of slabs of its own. */
  readonly classMax: number;
  /** Of each class of blocks up to `largest` bytes the first `count` slabs have `slabBytes`. */
  readonly small?: { readonly slabBytes: number; readonly largest: number; readonly count: number };
  /**
   * A class without a slab takes blocks of a larger one that has some free, if they are at most so
   * many times as large as the request.
   */
  readonly borrow?: number;
}

const KIB = 1024;

const asBuilt = { slabBytes: SLAB_BYTES, classMax: CLASS_MAX };

export const LAYOUTS: Readonly<Record<string, Layout>> = {
  '32K': { ...asBuilt, about: 'slabs of 32 KiB, as built' },
  '64K': { ...asBuilt, about: 'slabs of 64 KiB', slabBytes: 64 * KIB },
  '16K': { ...asBuilt, about: 'slabs of 16 KiB', slabBytes: 16 * KIB },
  '16K-first': {
    ...asBuilt,
    about: '16 KiB for the first four of each class up to 2 KiB',
    small: { slabBytes: 16 * KIB, largest: 2 * KIB, count: 4 },
  },
  '32K-third': {
    ...asBuilt,
    about: '32 KiB, borrowing blocks a third larger at most',
    borrow: 4 / 3,
  },
  '32K-twice': { ...asBuilt, about: '32 KiB, borrowing blocks twice as large at most', borrow: 2 },
  '16K-third': {
    ...asBuilt,
    about: '16 KiB, borrowing blocks a third larger at most',
    slabBytes: 16 * KIB,
    borrow: 4 / 3,
  },
  '32K-runs': {
    ...asBuilt,
    about: '32 KiB, blocks over 64 KiB as runs of their own',
    classMax: 64 * KIB,
  },
};

/** Bytes of a run of a class, by the rule of src/base/sizeclass.ts for slabs of any size. */
export function runBytes(sizeClass: number, slabBytes: number): number {
  const size = CLASS_BYTES[sizeClass];
  const share = size > slabBytes ? 32 : 8;
  let bytes = Math.ceil(size / slabBytes) * slabBytes;
  while ((bytes % size) * share > bytes) bytes += slabBytes;
  return bytes;
}
