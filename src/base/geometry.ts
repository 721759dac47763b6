/**
 * Where everything stands in the buffer.
 *
 * The heap starts at `base` (0, or behind bytes that the user reserved; a multiple of 2 MiB).
 * Slab 0 of its first SuperSlab holds the header and the small tables below, and from
 * `DESCRIPTOR_OFFSET` on, like slab 0 of every SuperSlab, the descriptors of the slabs 1 to 31.
 * From slab 1 on follow the page map, the slab states, the spill queues and the thread records,
 * sized for the maximum. All of it is only reserved: pages that are never touched cost nothing.
 */
import { assertLayout, MAX_HEAP_BYTES, SLAB_BYTES, SLAB_CELLS, SLABS_SHIFT } from './layout.js';
import { CLASS_CAPACITY, CLASS_COUNT } from './sizeclass.js';

// The header, in cells from the heap's base. Constant after creation:
export const H_MAGIC = 0;
export const H_VERSION = 1;
/** Build flags that change the layout. */
export const H_FEATURES = 2;
export const H_MAX_THREADS = 3;
/** One past the last slab that the heap may grow to, counted from the buffer's start. */
export const H_MAX_SLABS = 4;
/** The slab at the heap's base, and the first that is not metadata. */
export const H_BASE_SLAB = 5;
export const H_FIRST_SLAB = 6;
/** A random 128-bit identity. */
export const H_ID = 8;
/** Checksum of the cells before it. */
export const H_CHECK = 12;
// Atomic:
/** One past the last slab that may be claimed. */
export const H_CAPACITY = 16;
export const H_GROWTHS = 17;
/** Slabs in use, descriptor slabs included, and the most there ever were; figures only. */
export const H_IN_USE = 18;
export const H_PEAK = 19;
/** Scratch cell by which two views find out that they show the same memory. */
export const H_PROBE = 20;
/** One past the highest thread record that was ever in use. */
export const H_RECORDS = 21;
/** The block of tunables. */
export const H_TUNABLES = 32;
export const H_AVAILABLE = 64;
export const H_ORPHAN_SUPERSLABS = 128;
export const H_ORPHAN_CLASSES = 192;
export const H_BIGCACHE = 256;
export const H_FREE_MASKS = 512;
export const H_TOUCHED = 2560;
export const HEADER_CELLS = 4608;

export const HEAP_MAGIC = 0x4d4b4148;
export const LAYOUT_VERSION = 1;

// A slab's descriptor, in cells.
export const D_CLASS = 0;
/** The owner's thread number plus one, 0 without an owner; plain, so exact only for the owner. */
export const D_OWNER = 1;
/** Bits set in the local bitmap. */
export const D_FREE = 2;
export const D_CARVED = 3;
/** Neighbours in the owner's list of slabs with free blocks, as slab numbers. */
export const D_NEXT = 4;
export const D_PREV = 5;
export const D_LISTED = 6;
/** No word of the local bitmap before this one has a bit set. */
export const D_SCAN = 7;
/** 1 while every block carved for the first time is known to be zero. */
export const D_VIRGIN = 8;
export const D_LOCAL = 32;
export const D_REMOTE = 160;
export const DESCRIPTOR_CELLS = 288;
export const DESCRIPTOR_OFFSET = SLAB_CELLS - 31 * DESCRIPTOR_CELLS;

// A thread record, in cells. Region 0 is its head; region c (64 cells) is the cache of class c.
/** Atomic: what the record is used for; see thread/record.ts. */
export const R_STATE = 0;
/** Atomic: 1 when a slab may have been added to the remote target queue. */
export const R_REMOTE_ANY = 16;
export const R_OS_THREAD = 32;
// Plain figures of the owner, 64-bit floats: the cell divided by two is their index.
export const R_REMOTE_FREES = 34;
export const R_REFILLS = 36;
export const R_SPILLS = 38;
export const R_LARGE_MALLOCS = 40;
export const R_LARGE_FREES = 42;
export const R_LARGE_BYTES_IN = 44;
export const R_LARGE_BYTES_OUT = 46;
/** The sums when the present thread attached, in the order of `FIGURES` in thread/record.ts. */
export const R_BASELINE = 48;

export const CACHE_SHIFT = 6;
export const CACHE_CELLS = 1 << CACHE_SHIFT;
// A class's cache, in cells from its region's start.
/** The cell of the top block; `region + C_EMPTY` when there is none. */
export const C_TOP = 0;
/** The cell where the stack is full. */
export const C_LIMIT = 1;
/** Blocks handed out: the low 32 bits here, the high ones in the next cell. */
export const C_MALLOCS = 2;
export const C_EMPTY = 3;
export const CACHE_MAX = CACHE_CELLS - C_EMPTY - 1;

// What only slow paths touch, 8 cells a class, behind the caches.
export const R_SLOW = CLASS_COUNT * CACHE_CELLS;
export const SLOW_CELLS = 8;
/** First slab of the list of own slabs with free blocks; 0 when there is none. */
export const S_PARTIAL = 0;
/** Blocks that came into the cache from outside, and that left it, as 64-bit floats. */
export const S_IN = 2;
export const S_OUT = 4;

/** The remote target queue: a bit for each SuperSlab, then a word of slabs for each SuperSlab. */
export const R_REMOTE_SUPERSLABS = R_SLOW + CLASS_COUNT * SLOW_CELLS;
export const R_REMOTE_SLABS = R_REMOTE_SUPERSLABS + 64;

// A class's spill queue, in cells.
/** Atomic: bit i says that slot i holds a full magazine; its population is the queue's length. */
export const Q_FULL = 0;
export const Q_SLOTS = 16;
export const SPILL_SLOTS = 8;
export const SLOT_CELLS = 48;
export const QUEUE_CELLS = Q_SLOTS + SPILL_SLOTS * SLOT_CELLS;
export const SLOT_STATE = 0;
export const SLOT_PUT_TOP = 1;
export const SLOT_TAKE_TOP = 2;
export const SLOT_ENTRIES = 4;
export const MAGAZINE_MAX = 30;

/** Slots of the BigCache. */
export const BIGCACHE_SLOTS = 64;

// Tunables: six for each tier, then those of the BigCache; in cells from H_TUNABLES.
/** Bytes and blocks that a thread caches of one class: the smaller bound counts. */
export const T_CACHE_BYTES = 0;
export const T_CACHE_BLOCKS = 1;
/** Bytes and blocks of one refill from a slab. */
export const T_REFILL_BYTES = 2;
export const T_REFILL_BLOCKS = 3;
/** Bytes and full magazines that may wait in the spill queue of one class. */
export const T_SPILL_BYTES = 4;
export const T_SPILL_MAGAZINES = 5;
export const TIER_TUNABLES = 6;
/** Slots that the BigCache uses, and the longest run that it keeps, in slabs. */
export const T_BIGCACHE_SLOTS = 18;
export const T_BIGCACHE_SLABS = 19;
export const TUNABLES = 20;

export interface Geometry {
  /** Cell of the header. */
  readonly header: number;
  readonly baseSlab: number;
  /** First slab that is not metadata. */
  readonly firstSlab: number;
  readonly maxSlabs: number;
  readonly maxThreads: number;
  /** Cells of the tables: page map and states are indexed by slab number from the buffer's start. */
  readonly pageMap: number;
  readonly states: number;
  /** Atomic, a word for each slab: bit i says that remote words 4i to 4i+3 may have bits. */
  readonly summaries: number;
  readonly queues: number;
  readonly records: number;
  readonly recordCells: number;
  /** Cell of the plain mask of owned slabs within a record, a word for each SuperSlab. */
  readonly ownedOffset: number;
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Lays a heap out; all three arguments stand in the header, so every thread gets the same. */
export function layOut(baseSlab: number, maxSlabs: number, maxThreads: number): Geometry {
  const header = baseSlab * SLAB_CELLS;
  const superSlabs = roundUp(Math.ceil(maxSlabs / 32), 16);
  const ownedOffset = R_REMOTE_SLABS + superSlabs;
  const recordCells = roundUp(ownedOffset + superSlabs, CACHE_CELLS);
  const pageMap = header + SLAB_CELLS;
  const states = pageMap + roundUp(maxSlabs, CACHE_CELLS);
  const summaries = states + roundUp(maxSlabs, CACHE_CELLS);
  const queues = summaries + roundUp(maxSlabs, CACHE_CELLS);
  const records = roundUp(queues + CLASS_COUNT * QUEUE_CELLS, CACHE_CELLS);
  let firstSlab = Math.ceil((records + maxThreads * recordCells) / SLAB_CELLS);
  // The descriptors of a SuperSlab stand in its slab 0, so tables never end inside a later one.
  if (firstSlab - baseSlab > 32) firstSlab = roundUp(firstSlab, 32);
  return {
    header,
    baseSlab,
    firstSlab,
    maxSlabs,
    maxThreads,
    pageMap,
    states,
    summaries,
    queues,
    records,
    recordCells,
    ownedOffset,
  };
}

/** The checksum in the header, over its constant cells. */
export function headerCheck(cells: Int32Array, header: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < H_CHECK; i++) hash = Math.imul(hash ^ cells[header + i], 0x01000193);
  return hash;
}

assertLayout(CLASS_COUNT <= 62, 'classes share six bits of a page map word with two other kinds');
assertLayout(
  CLASS_CAPACITY.every((blocks) => blocks <= (D_REMOTE - D_LOCAL) * 32),
  'every block of a run needs a bit in its bitmaps',
);
assertLayout(HEADER_CELLS <= DESCRIPTOR_OFFSET, 'header and descriptors share a slab');
assertLayout(MAGAZINE_MAX <= SLOT_CELLS - SLOT_ENTRIES, 'a slot must hold a magazine');
assertLayout(
  MAX_HEAP_BYTES / SLAB_BYTES / 32 <= H_TOUCHED - H_FREE_MASKS && H_ORPHAN_CLASSES >= 192,
  'a heap of the largest size has 2048 SuperSlabs',
);
assertLayout(SLABS_SHIFT === 5, 'a remote target word has a bit for each slab of a SuperSlab');
