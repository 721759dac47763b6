/**
 * Where everything stands in the buffer.
 *
 * The heap starts at `base` (0, or behind bytes that the user reserved; a multiple of 1 MiB).
 * Slab 0 of its first SuperSlab holds the header and the small tables below, and from
 * `DESCRIPTOR_OFFSET` on, like slab 0 of every SuperSlab, the descriptors of the slabs 1 to 31.
 * From slab 1 on follow the page map, the slab states, the remote summaries, the free masks, the spill
 * queues and the thread records, sized for the maximum; in hardened builds the table of call sites. All
 * of it is only reserved: pages that are never touched cost nothing.
 */
import {
  assertLayout,
  CLASS_MAX,
  KEPT_MAX,
  LARGE_CLASS,
  MAX_HEAP_BYTES,
  PAGE_KIND,
  PAGE_LARGE,
  RANKS,
  SLAB_BYTES,
  SLAB_CELLS,
  SLAB_IN_SUPERSLAB,
  SLABS_PER_ALIGNMENT,
  SLABS_PER_SUPERSLAB,
  SUPERSLAB_BYTES,
} from './layout.js';
import {
  BIGCACHE_SLOTS,
  BITMAP_WORDS,
  DESCRIBED_SLABS,
  DESCRIBING_CELLS,
  DESCRIPTOR_OFFSET,
  H_AVAILABLE,
  H_BIGCACHE,
  H_CHECK,
  H_ORPHAN_CLASSES,
  H_ORPHAN_SUPERSLABS,
  HEADER_CELLS,
  MAGAZINE_MAX,
  QUEUE_CELLS,
  CACHE_MAGIC,
  CACHE_TOP,
  R_BASELINE,
  R_CACHES,
  R_REMOTE_ANY,
  R_REMOTE_SLABS,
  R_REMOTE_SUPERSLABS,
  R_RUNS_TAKEN,
  R_SLOW,
  RECORD_CLASSES,
  RUNS_COUNT,
  RUNS_MAX,
  RUNS_SHIFT,
  S_IN,
  S_LIMIT,
  S_OUT,
  SLOW_CELLS,
  SPILL_SLOTS,
  SLOT_CELLS,
  SLOT_ENTRIES,
} from './offsets.js';
import {
  CACHES_END,
  CLASS_BYTES,
  CLASS_CACHE,
  CLASS_CAPACITY,
  CLASS_COUNT,
  CLASS_MAGIC,
  CLASS_SLABS,
  FIRST_CLASS,
  MID_LAST,
  TINY_LAST,
} from './sizeclass.js';
import { COUNTED_CLASSES, TELEMETRY_DOUBLES } from './telemetry/cells.js';

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
  /** A word for each SuperSlab: a bit for each slab that may be free, a hint; see superslab/pool.ts. */
  readonly freeMasks: number;
  /** A word for each SuperSlab: a bit for each slab that was ever in use, so that it may not be zero. */
  readonly touched: number;
  readonly queues: number;
  readonly records: number;
  readonly recordCells: number;
  /** Cell of the plain mask of owned slabs within a record, a word for each SuperSlab. */
  readonly ownedOffset: number;
  /** The most slabs that a thread's run cache keeps: see superslab/runcache.ts. */
  readonly keptSlabs: number;
}

/**
 * Cells that tables start on multiples of: two pairs of cache lines, so that no two threads' words
 * share one.
 */
const TABLES = 64;
/** Cells of a cache line: what the words of SuperSlabs in a record fill whole. */
const LINE = 16;
/** A pair of cache lines, which the processor fetches together: what thread records are multiples of. */
const PAIR = 32;

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Slabs of the debug build's table of call sites, which begins at `recordsEnd`. */
export function siteSlabs(maxSlabs: number): number {
  return Math.max(1, Math.min(16, maxSlabs >>> 6));
}

/** The first slab behind the thread records. */
export function recordsEnd(records: number, maxThreads: number, recordCells: number): number {
  return Math.ceil((records + maxThreads * recordCells) / SLAB_CELLS);
}

/** Lays a heap out; all three arguments stand in the header, so every thread gets the same. */
export function layOut(baseSlab: number, maxSlabs: number, maxThreads: number): Geometry {
  const header = baseSlab * SLAB_CELLS;
  const superSlabs = roundUp(Math.ceil(maxSlabs / SLABS_PER_SUPERSLAB), LINE);
  const ownedOffset = R_REMOTE_SLABS + superSlabs;
  const ownCells = roundUp(ownedOffset + superSlabs, PAIR);
  // The counters of a diagnostic build stand in front of their record.
  const recordCells = FLAGS.LAYOUT_BITS === 0 ? ownCells : ownCells + 2 * TELEMETRY_DOUBLES;
  const pageMap = header + SLAB_CELLS;
  const states = pageMap + roundUp(maxSlabs, TABLES);
  const summaries = states + roundUp(maxSlabs, TABLES);
  const freeMasks = summaries + roundUp(maxSlabs, TABLES);
  const touched = freeMasks + roundUp(superSlabs, TABLES);
  const queues = touched + roundUp(superSlabs, TABLES);
  const tables = roundUp(queues + CLASS_COUNT * QUEUE_CELLS, TABLES);
  const records = FLAGS.LAYOUT_BITS === 0 ? tables : tables + 2 * TELEMETRY_DOUBLES;
  let firstSlab = recordsEnd(records, maxThreads, recordCells);
  if (FLAGS.HAKMEM_BUILD_HARDENED) firstSlab += siteSlabs(maxSlabs);
  // The descriptors of a SuperSlab stand in its slab 0, so tables never end inside a later one.
  if (firstSlab - baseSlab > SLABS_PER_SUPERSLAB) {
    firstSlab = roundUp(firstSlab, SLABS_PER_SUPERSLAB);
  }
  return {
    header,
    baseSlab,
    firstSlab,
    maxSlabs,
    maxThreads,
    pageMap,
    states,
    summaries,
    freeMasks,
    touched,
    queues,
    records,
    recordCells,
    ownedOffset,
    keptSlabs: Math.min(
      KEPT_MAX / SLAB_BYTES,
      Math.floor((maxSlabs - baseSlab) / (4 * maxThreads)),
    ),
  };
}

/** The checksum in the header, over its constant cells but the magic number. */
export function headerCheck(cells: Int32Array, header: number): number {
  let hash = 0x811c9dc5;
  for (let i = 1; i < H_CHECK; i++) hash = Math.imul(hash ^ cells[header + i], 0x01000193);
  return hash;
}

assertLayout(CLASS_COUNT <= LARGE_CLASS, 'a Large block has the number of no size class');
assertLayout(
  R_REMOTE_SUPERSLABS % LINE === 0 && R_REMOTE_SLABS % LINE === 0,
  'what others write in a record begins with a cache line: R_REMOTE_SUPERSLABS',
);
assertLayout(
  CACHES_END <= PAGE_KIND && PAGE_LARGE + CACHE_MAGIC < R_REMOTE_ANY,
  'a page map word leads to a cache, or to cells of a record that stay 0',
);
assertLayout(
  CLASS_SLABS.every((slabs) => slabs <= RANKS),
  "a page map word has room for the rank of each of a run's slabs",
);
assertLayout(
  CLASS_MAGIC.every(
    (magic, sizeClass) =>
      magic <= 1 || CLASS_CAPACITY[sizeClass] * (magic * CLASS_BYTES[sizeClass] - 2 ** 32) < magic,
  ),
  'the magic number of a class tells the starts of blocks from all else in a run',
);
assertLayout(
  CLASS_CAPACITY.every((blocks) => blocks <= BITMAP_WORDS * 32) && BITMAP_WORDS <= 4 * 32,
  'every block of a run needs a bit in its bitmaps, and four words of them one in a summary',
);
assertLayout(
  TINY_LAST > 0 && MID_LAST > 0 && CLASS_BYTES[CLASS_COUNT - 1] === CLASS_MAX,
  'TINY_MAX and MID_MAX are sizes of classes, and CLASS_MAX that of the last',
);
assertLayout(
  CLASS_SLABS.every((slabs, sizeClass) => sizeClass > TINY_LAST || slabs <= 1),
  'a Tiny class takes one slab',
);
assertLayout(
  CLASS_COUNT === RECORD_CLASSES && CLASS_COUNT === COUNTED_CLASSES,
  `a record has a cache and counters for every class: RECORD_CLASSES, COUNTED_CLASSES are ${CLASS_COUNT}`,
);
assertLayout(
  CLASS_CACHE[FIRST_CLASS] + CACHE_TOP >= R_SLOW + RECORD_CLASSES * SLOW_CELLS,
  'the caches lie behind the slow cells of RECORD_CLASSES',
);
assertLayout(
  R_REMOTE_SUPERSLABS === roundUp(CACHES_END, LINE),
  `R_REMOTE_SUPERSLABS is R_CACHES + ${roundUp(CACHES_END, LINE) - R_CACHES}`,
);
assertLayout(
  RUNS_MAX <= RUNS_COUNT && RUNS_COUNT < 1 << RUNS_SHIFT,
  'the run cache counts its entries in RUNS_COUNT',
);
assertLayout(
  S_LIMIT < SLOW_CELLS &&
    ((R_SLOW | SLOW_CELLS | S_IN | S_OUT | R_BASELINE | R_RUNS_TAKEN) & 1) === 0,
  'the slow cells of a class hold S_LIMIT, and a 64-bit float begins at an even cell',
);
assertLayout(SPILL_SLOTS <= 32, 'Q_FULL has a bit for each slot of a spill queue');
assertLayout(
  CLASS_SLABS.every((slabs) => slabs <= SLAB_IN_SUPERSLAB + 1 - SLABS_PER_ALIGNMENT),
  'a run of a class fits a SuperSlab, at an aligned start too',
);
assertLayout(
  DESCRIBING_CELLS === SLAB_CELLS && DESCRIBED_SLABS === SLAB_IN_SUPERSLAB,
  'the descriptors end with their slab',
);
assertLayout(HEADER_CELLS <= DESCRIPTOR_OFFSET, 'header and descriptors share a slab');
assertLayout(
  MAGAZINE_MAX <= SLOT_CELLS - SLOT_ENTRIES && MAGAZINE_MAX < 64,
  'a slot must hold a magazine, and six bits of its state the length',
);
const MOST_SUPERSLABS = MAX_HEAP_BYTES / SUPERSLAB_BYTES;
assertLayout(
  Math.min(H_ORPHAN_SUPERSLABS - H_AVAILABLE, H_ORPHAN_CLASSES - H_ORPHAN_SUPERSLABS) * 32 >=
    MOST_SUPERSLABS && R_REMOTE_SLABS - R_REMOTE_SUPERSLABS === MOST_SUPERSLABS / 32,
  'a heap of the largest size has 4096 SuperSlabs',
);
assertLayout(
  CLASS_COUNT <= H_BIGCACHE - H_ORPHAN_CLASSES && BIGCACHE_SLOTS <= HEADER_CELLS - H_BIGCACHE,
  'the header has a word for the orphans of each class, and for each slot of the BigCache',
);
