/**
 * Where each word stands: the offsets of every structure, in cells of 32 bits.
 *
 * This file and `layout.ts` import nothing and declare their numbers before any function, which lets
 * the bundler put them into the code that uses them, across modules.
 */

// The header, in cells from the heap's base. Constant after creation:
export const H_MAGIC = 0;
export const H_VERSION = 1;
/** Build flags that change the layout: `FEATURES` of the build that made the heap. */
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
/**
 * KiB in use, descriptors included, and the most there ever were; see superslab/pool.ts. The first is
 * exact while no call is under way, unless a thread has died in the middle of one.
 */
export const H_IN_USE = 18;
export const H_PEAK = 19;
/** Scratch cell by which two views find out that they show the same memory. */
export const H_PROBE = 20;
/** One past the highest thread record that was ever in use. */
export const H_RECORDS = 21;
/** The block of tunables; plain, written by the creator alone. */
export const H_TUNABLES = 32;
/** A bit for each SuperSlab that may have free slabs: a hint; see superslab/pool.ts. */
export const H_AVAILABLE = 64;
/** A bit for each SuperSlab that may have orphans, and a word for each class: hints; see cache/orphans.ts. */
export const H_ORPHAN_SUPERSLABS = 192;
export const H_ORPHAN_CLASSES = 320;
/** The slots of the BigCache; see superslab/bigcache.ts. */
export const H_BIGCACHE = 384;
export const HEADER_CELLS = 512;

export const HEAP_MAGIC = 0x4d4b4148;
export const LAYOUT_VERSION = 8;

// A slab's descriptor, in cells.
export const D_CLASS = 0;
/** The owner's thread number plus one, 0 without an owner; plain, so exact only for the owner. */
export const D_OWNER = 1;
/** Bits set in the local bitmap. */
export const D_FREE = 2;
/** Blocks cut so far, from the run's start. */
export const D_CARVED = 3;
/** Neighbours in the owner's list of slabs with free blocks, as slab numbers. */
export const D_NEXT = 4;
export const D_PREV = 5;
/** 1 while the slab is in that list. */
export const D_LISTED = 6;
/** No word of the local bitmap before this one has a bit set. */
export const D_SCAN = 7;
/** 1 while every block carved for the first time is known to be zero. */
export const D_VIRGIN = 8;
/** The bitmaps of free blocks: the owner's, plain, and the one that others set, atomic. */
export const D_LOCAL = 32;
export const D_REMOTE = 96;
/** Words of either bitmap: a bit for each block of the smallest class. */
export const BITMAP_WORDS = D_REMOTE - D_LOCAL;
export const DESCRIPTOR_CELLS = D_REMOTE + BITMAP_WORDS;
/** Cells of a slab, and slabs with a descriptor in each SuperSlab: geometry.ts holds both to layout.ts. */
export const DESCRIBING_CELLS = 8192;
export const DESCRIBED_SLABS = 31;
/** The first descriptor, from the start of its SuperSlab: they end with slab 0. */
export const DESCRIPTOR_OFFSET = DESCRIBING_CELLS - DESCRIBED_SLABS * DESCRIPTOR_CELLS;
/** The pages of 4 KiB that they lie in; what stands before them in slab 0 is never touched. */
export const DESCRIPTORS_KIB = ((DESCRIBING_CELLS >>> 10) - (DESCRIPTOR_OFFSET >>> 10)) * 4;

// A thread record, in cells: its head, what only slow paths touch, the caches, the remote targets.
/** Atomic: what the record is used for; see thread/record.ts. The cells up to R_REMOTE_ANY stay 0. */
export const R_STATE = 0;
/** Atomic: 1 when a slab may have been added to the remote target queue. */
export const R_REMOTE_ANY = 16;
/** The host's number of the thread that has the record; see platform.ts. */
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
/** Large blocks handed out by the run cache. */
export const R_RUNS_TAKEN = 58;
/** Debug build: the block in the thread's hands, and the bit that says it has it for sure. */
export const R_IN_HAND = 60;
export const HELD = 1;
/** KiB in use of the heap up to which the thread claims slabs without tidying up before; 0 at first. */
export const R_TIDY_AT = 62;

/** Classes that a record has room for, class 0 included. */
export const RECORD_CLASSES = 50;
// What only slow paths touch, 8 cells a class.
export const R_SLOW = 64;
export const SLOW_CELLS = 8;
/** The run cache, in the place of class 0, which is none: a word, then its entries. */
export const R_RUNS = R_SLOW;
export const RUNS_MAX = SLOW_CELLS - 1;
/** The number of entries in the word; above it the slabs that there is room for. */
export const RUNS_COUNT = 7;
export const RUNS_SHIFT = 8;
/** First slab of the list of own slabs with free blocks; 0 when there is none. */
export const S_PARTIAL = 0;
/** What the cache's count of blocks handed out has carried over. */
export const S_CARRIED = 1;
/** Blocks that came into the cache from outside, and that left it, as 64-bit floats. */
export const S_IN = 2;
export const S_OUT = 4;
/** 1 when the cache was filled since it last became deeper. */
export const S_REFILLED = 6;
/** How many blocks the cache holds when it is full: its floor's position, told to the owner. */
export const S_LIMIT = 7;

// A class's cache is a stack; see cache-stack.ts. `CLASS_CACHE` says where its word stands.
export const R_CACHES = R_SLOW + RECORD_CLASSES * SLOW_CELLS;
/** Behind the word the class's magic number, by which `free` knows the start of a block. */
export const CACHE_MAGIC = 1;
/** The position of the top entry of a full stack, and the mask of a position in a stack's word. */
export const CACHE_FULL = 255;
/** Or-ed with a stack's word: the distance from the word to the top entry, which is negative. */
export const CACHE_TOP = ~CACHE_FULL;
/** The bit above a position: a push that would set it finds the stack full. */
const CACHE_OVER = CACHE_FULL + 1;
/** What a pop adds to a stack's word: one block handed out, one position less. */
export const CACHE_POP = 2 * CACHE_OVER - 1;
/** The bits of the word to be by which a push finds that it must not: full, or much counted. */
export const CACHE_REFUSE = ~0x7fffffff | CACHE_OVER;

/**
 * The remote target queue, behind the caches, where a cache line begins, since others write it: a bit for
 * each SuperSlab, then a word of slabs for each SuperSlab.
 */
export const R_REMOTE_SUPERSLABS = R_CACHES + 5136;
export const R_REMOTE_SLABS = R_REMOTE_SUPERSLABS + 128;

// A class's spill queue, in cells.
/** Atomic: bit i says that slot i holds a full magazine; its population is the queue's length. */
export const Q_FULL = 0;
export const Q_SLOTS = 16;
export const SPILL_SLOTS = 8;
export const SLOT_CELLS = 72;
export const QUEUE_CELLS = Q_SLOTS + SPILL_SLOTS * SLOT_CELLS;
// A slot: its state, what a holder notes of its cache in case it dies, its blocks; see queue/spill.ts.
export const SLOT_STATE = 0;
export const SLOT_PUT_TOP = 1;
export const SLOT_TAKE_TOP = 2;
export const SLOT_ENTRIES = 4;
/** The most blocks of a magazine: a slot's state has six bits for them. */
export const MAGAZINE_MAX = 63;

/** Slots of the BigCache. */
export const BIGCACHE_SLOTS = 64;

// Tunables: six for each tier, those of the BigCache, and how threads start; in cells from H_TUNABLES.
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
export const T_BIGCACHE_SLOTS = 3 * TIER_TUNABLES;
export const T_BIGCACHE_SLABS = T_BIGCACHE_SLOTS + 1;
/** Blocks of each Tiny class that a thread caches at once. */
export const T_PREWARM = T_BIGCACHE_SLABS + 1;
export const TUNABLES = T_PREWARM + 1;
// Behind them two cells that tell where each came from; see src/config.ts.
