/**
 * The free route: from any number to what it is, by one word of the page map. There is one registry
 * for all tiers, and free, realloc, usableSize, owns and views all ask here.
 */
import { acquire } from './base/atomics.js';
import { bottomOf, topOf } from './base/cache-stack.js';
import { type Core, refreshViews } from './base/core.js';
import { doubleFree, type HakmemError, invalidPointer } from './base/errors.js';
import {
  D_CLASS,
  D_LOCAL,
  D_REMOTE,
  SLOT_ENTRIES,
  SLOT_STATE,
  SPILL_SLOTS,
} from './base/offsets.js';
import {
  CARVED_SHIFT,
  hasFreeMark,
  LARGE_CLASS,
  PAGE_KIND,
  PAGE_RANK,
  PAGE_SHIFT,
  SLAB_BYTES,
  SLAB_SHIFT,
} from './base/layout.js';
import { CLASS_BYTES, CLASS_CACHE, classOfPage } from './base/sizeclass.js';
import {
  BAD_CLASS_NONE,
  BAD_CLASS_RANGE,
  ROUTE_FAST,
  ROUTE_LOOKED,
  TINY_FREE_FAST,
} from './base/telemetry/cells.js';
import { countOne } from './base/telemetry/count.js';
import { blockFreed, markCompared, metaCompared } from './base/telemetry/note.js';
import { runAround, runSlabs } from './large/run.js';
import { queueOf, SLOT_FULL, SLOT_KIND, SLOT_TAKING, slotBlocks, slotOf } from './queue/spill.js';
import { isKept } from './superslab/runcache.js';
import { descriptorOf, headOf } from './superslab/slab.js';
import { recordOf } from './thread/record.js';

/** What a number is that is not the start of a block in use. */
const NOT_A_NUMBER = -1;
const OUTSIDE = -2;
export const NO_BLOCK = -3;
export const INSIDE = -4;
export const FREE_ALREADY = -5;

const REASONS: Record<number, string> = {
  [NOT_A_NUMBER]:
    'an address is a whole number from 0 to 2^32 - 1, that of a view is its byteOffset',
  [OUTSIDE]: 'it lies outside the heap',
  [NO_BLOCK]: 'no block was handed out there',
  [INSIDE]: 'it does not point at the start of a block',
};

/** What to throw for a number that `route` has given a negative answer. */
export function refusal(target: unknown, routed: number): HakmemError {
  if (routed === FREE_ALREADY) return doubleFree(target as number);
  return invalidPointer(target, REASONS[routed]);
}

/**
 * The size class of a block in use, `LARGE_CLASS` for a Large block above the classes, or one of the
 * negative answers above. Exact for blocks that nobody else frees meanwhile.
 */
export function route(core: Core, target: unknown): number {
  if (typeof target !== 'number' || target >>> 0 !== target) return NOT_A_NUMBER;
  const address = target;
  const slab = address >>> SLAB_SHIFT;
  if (slab >= core.slabs) {
    refreshViews(core);
    if (slab >= core.slabs) return OUTSIDE;
  }
  const { geometry } = core;
  if (slab >= geometry.maxSlabs || slab < geometry.baseSlab) return OUTSIDE;
  // Benign race: for a block that the caller holds, every value that the word takes covers it.
  const page = core.cells[core.pageMap + slab];
  const sizeClass = classOfPage(page);
  if (FLAGS.HAKMEM_METRIC_BAD_CLASS_COMPILED && sizeClass === 0) {
    const kind = page & PAGE_KIND;
    if (kind === 0) countOne(core, BAD_CLASS_NONE);
    else countOne(core, BAD_CLASS_RANGE);
  }
  if (sizeClass === 0) return runAround(core, slab) === 0 ? NO_BLOCK : INSIDE;
  if (sizeClass === LARGE_CLASS) {
    if ((address & (SLAB_BYTES - 1)) !== 0) return INSIDE;
    return runSlabs(core, slab) === 0 || isKeptFree(core, slab) ? FREE_ALREADY : LARGE_CLASS;
  }
  if ((address << CARVED_SHIFT) >>> 0 >= page >>> 0) return NO_BLOCK;
  const head = slab - ((page & PAGE_RANK) >>> PAGE_SHIFT);
  if ((address - head * SLAB_BYTES) % CLASS_BYTES[sizeClass] !== 0) return INSIDE;
  if (FLAGS.HAKMEM_HDR_META_MISMATCH_COMPILED) {
    metaCompared(core, sizeClass, describedClass(core, head));
  }
  if (!hasFreeMark(core.cells, address)) {
    if (FLAGS.HAKMEM_HDR_META_FAST_COMPILED) countOne(core, ROUTE_FAST);
    return sizeClass;
  }
  const free = isFree(core, address, head, sizeClass);
  if (FLAGS.HAKMEM_HDR_META_FAST_COMPILED) countOne(core, ROUTE_LOOKED);
  if (FLAGS.HAKMEM_HDR_MISMATCH_LOG_COMPILED) markCompared(core, address, free);
  return free ? FREE_ALREADY : sizeClass;
}

/** Counts a free that needed no route, by the word of the page map. */
export function fastFreed(core: Core, address: number, page: number): void {
  const sizeClass = classOfPage(page);
  blockFreed(core, sizeClass, TINY_FREE_FAST);
  if (FLAGS.HAKMEM_HDR_META_FAST_COMPILED) countOne(core, ROUTE_FAST);
  if (FLAGS.HAKMEM_HDR_META_MISMATCH_COMPILED) {
    metaCompared(core, sizeClass, describedClass(core, address >>> SLAB_SHIFT));
  }
}

/** The class in the descriptor of the run that a slab belongs to. */
function describedClass(core: Core, slab: number): number {
  return core.cells[descriptorOf(headOf(core, slab)) + D_CLASS];
}

/** Usable bytes of the block of a route. */
export function usableBytes(core: Core, address: number, routed: number): number {
  if (routed === LARGE_CLASS) return runSlabs(core, address >>> SLAB_SHIFT) * SLAB_BYTES;
  return CLASS_BYTES[routed];
}

/** Whether a Large block waits in this thread's run cache, or, where the mark says so, in any. */
function isKeptFree(core: Core, slab: number): boolean {
  if (isKept(core, core.record, slab)) return true;
  if (!hasFreeMark(core.cells, slab * SLAB_BYTES)) return false;
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    if (isKept(core, recordOf(core, thread), slab)) return true;
  }
  return false;
}

/**
 * The exact look: whether a block whose first word is the mark is free, or holds that word by
 * chance. Asked only then, once in 2^31 blocks in use whose first word is random.
 *
 * It reads bitmaps, stacks and magazines of other threads, plainly. For a block in use, whose
 * hand-over to this thread made its history visible, none of them holds it, but for an entry that
 * hardware with weakly ordered stores shows late: then a free is taken for a second one, which takes
 * the mark by chance and the race in one. For a block that is free and on its way from one place to
 * the next at this moment, the answer may be "in use": a double free that races with the first
 * free's travels is found only most of the time.
 * @atomics warm CORRECTNESS: bits and magazines that other threads publish decide whether a block
 *   is free.
 */
function isFree(core: Core, address: number, head: number, sizeClass: number): boolean {
  const { cells } = core;
  const index = Math.trunc((address - head * SLAB_BYTES) / CLASS_BYTES[sizeClass]);
  const d = descriptorOf(head);
  const bit = 1 << (index & 31);
  if ((cells[d + D_LOCAL + (index >>> 5)] & bit) !== 0) return true;
  if ((acquire(cells, d + D_REMOTE + (index >>> 5)) & bit) !== 0) return true;
  const entry = address | 0;
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    const region = recordOf(core, thread) + CLASS_CACHE[sizeClass];
    for (let cell = topOf(cells, region); cell > bottomOf(region) && cells[cell] !== 0; cell--) {
      if (cells[cell] === entry) return true;
    }
  }
  const queue = queueOf(core, sizeClass);
  for (let index = 0; index < SPILL_SLOTS; index++) {
    const slot = slotOf(queue, index);
    const state = acquire(cells, slot + SLOT_STATE);
    const kind = state & SLOT_KIND;
    if (kind !== SLOT_FULL && kind !== SLOT_TAKING) continue;
    for (let i = 0; i < slotBlocks(state); i++) {
      if (cells[slot + SLOT_ENTRIES + i] === entry) return true;
    }
  }
  return false;
}
