/**
 * Run cache: the Large blocks that a thread freed last, kept by it for its own next requests of their
 * length. In front of the BigCache, as a thread cache stands in front of the slabs, so that a malloc
 * and a free of Large blocks are plain reads and writes.
 *
 * Contract: the owner of the record keeps and takes; any holder of the record (its owner, or who
 * reclaims it) gives runs up. Others may look for a block in it, which may then be a moment old.
 *
 * A kept run keeps its state LARGE(n): for every other thread it is a Large block that somebody has.
 * What tells that it is free is its entry here, and the free mark in its first word, which sends a
 * second free to the exact look, as for a block with a class.
 *
 * The word is `count | room << 8`; entries `slab | n << RUN_SHIFT` follow it. Invariants (`verify`):
 *   room + sum of the entries' n = runRoom, count <= 7
 *   each entry: state of slab = LARGE(n), page map word = PAGE_LARGE | n << PAGE_SHIFT, marked, and no
 *     other entry names the slab
 *   slabs in state LARGE - entries of all threads = Large blocks in use
 *   R_LARGE_MALLOCS - R_LARGE_FREES - entries, of all threads = Large blocks in use
 * The figures count what comes from outside and leaves for it; for them a kept run is in use, and
 * `R_RUNS_TAKEN` counts how often one was handed out again.
 *
 * Bound: what a thread keeps is out of reach for others while it lives: at most 4 MiB, and a quarter
 * of the heap for as many threads as may attach. The thread passes it on to the BigCache when it
 * needs slabs for anything else, and gives it up on `flush`, before a new peak of the heap
 * (`tidiedBefore`) and when it detaches.
 *
 * Death: an entry and the word that counts it are written in a straight line, as are the claim of a
 * run that is given up and its entry's end. So a run is in use, or kept, or CLAIMED, never two of
 * them, and `reclaim` gives up what a dead thread kept.
 */
import { type Cells, claim } from '../base/atomics.js';
import { type Core, tunable } from '../base/core.js';
import {
  HELD,
  R_IN_HAND,
  R_LARGE_BYTES_OUT,
  R_LARGE_FREES,
  R_RUNS,
  R_RUNS_TAKEN,
  RUNS_COUNT,
  RUNS_MAX,
  RUNS_SHIFT,
  T_BIGCACHE_SLABS,
  T_BIGCACHE_SLOTS,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  FREE_MARK,
  hasFreeMark,
  KEPT_MAX,
  PAGE_KIND,
  PAGE_LARGE,
  PAGE_SHIFT,
  RUN_SHIFT,
  RUN_SLAB,
  SLAB_BYTES,
  SLAB_CELLS,
  SLAB_CLAIMED,
  SLAB_LARGE,
  SLAB_SHIFT,
  TRAILER_BYTES,
} from '../base/layout.js';
import { BIG_HITS, BIG_KEPT, BIG_SLABS_KEPT } from '../base/telemetry/cells.js';
import { countMany, countOne } from '../base/telemetry/count.js';
import { dropRun, putRun } from './bigcache.js';

/** The most slabs that a thread keeps: the room of an empty run cache. */
export function runRoom(core: Core): number {
  if (FLAGS.NO_BIGCACHE || tunable(core, T_BIGCACHE_SLOTS) === 0) return 0;
  return Math.min(core.geometry.keptSlabs, tunable(core, T_BIGCACHE_SLABS));
}

/** Lays the run cache of a thread that attaches out. */
export function openRunCache(core: Core): void {
  core.cells[core.record + R_RUNS] = runRoom(core) << RUNS_SHIFT;
}

/**
 * Frees a Large block by keeping it; false, and nothing is done, when the number is not one in use
 * without doubt, or there is no room for it.
 */
export function keepRun(core: Core, target: number): boolean {
  const slab = target >>> SLAB_SHIFT;
  const { cells, record, slabs: reach } = core;
  if (target >>> 0 !== target || (target & (SLAB_BYTES - 1)) !== 0 || slab >= reach) return false;
  const page = cells[core.pageMap + slab];
  const slabs = page >>> PAGE_SHIFT;
  if ((page & PAGE_KIND) !== PAGE_LARGE || slabs === 0 || slab + slabs > reach) return false;
  if (hasFreeMark(cells, target)) return false;
  const runs = record + R_RUNS;
  const word = cells[runs];
  if (!hasRoom(word, slabs)) return false;
  if (FLAGS.HAKMEM_BUILD_HARDENED) wipeTrailer(core, slab, slabs);
  cells[target >>> 2] = target ^ FREE_MARK;
  cells[runs + 1 + (word & RUNS_COUNT)] = slab | (slabs << RUN_SHIFT);
  cells[runs] = word + 1 - (slabs << RUNS_SHIFT);
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) {
    countOne(core, BIG_KEPT);
    countMany(core, BIG_SLABS_KEPT, slabs);
  }
  return true;
}

/**
 * Hardened builds: whoever frees a run leaves nothing at its end that says who had it. A thread that
 * empties quarantines would believe it when the run is another's, or is on its way.
 */
export function wipeTrailer(core: Core, slab: number, slabs: number): void {
  const end = (slab + slabs) * SLAB_CELLS;
  core.reach(end * 4);
  core.cells.fill(0, end - TRAILER_BYTES / 4, end);
}

function hasRoom(word: number, slabs: number): boolean {
  return slabs <= word >>> RUNS_SHIFT && (word & RUNS_COUNT) < RUNS_MAX;
}

/**
 * Lets the oldest runs go on to the BigCache until there is room for the Large block at a slab;
 * false when it is longer than what a thread keeps.
 */
export function makeRunRoom(core: Core, slab: number): boolean {
  const slabs = core.cells[core.pageMap + slab] >>> PAGE_SHIFT;
  if (slabs > runRoom(core)) return false;
  while (!hasRoom(core.cells[core.record + R_RUNS], slabs)) {
    if (!passOldestOn(core)) return false;
  }
  return true;
}

/** Lets all that this thread keeps go on to the BigCache. */
export function passRunsOn(core: Core): void {
  while (passOldestOn(core));
}

/** Lets the oldest run go on to the BigCache; false when none is kept. */
function passOldestOn(core: Core): boolean {
  const entry = claimOldest(core, core.record);
  if (entry !== 0) putRun(core, entry & RUN_SLAB, entry >>> RUN_SHIFT);
  return entry !== 0;
}

/**
 * A kept block of `size` bytes or up to an eighth more; its address, or 0 for none. The newest one is
 * looked at here, without a call: V8 writes this into malloc, and has room for little.
 */
export function takeKept(core: Core, size: number): number {
  if (size > KEPT_MAX) return 0;
  const count = (size + SLAB_BYTES - 1) >>> SLAB_SHIFT;
  const most = count + (count >>> 3);
  const { cells, record } = core;
  const runs = record + R_RUNS;
  const word = cells[runs];
  const newest = runs + (word & RUNS_COUNT);
  // Where nothing is kept this is the word itself, which is no run of any length.
  let entry = cells[newest];
  if (entry >>> RUN_SHIFT < count || entry >>> RUN_SHIFT > most) {
    if (!bringForward(cells, runs, count, most)) return 0;
    entry = cells[newest];
  }
  const address = ((entry & RUN_SLAB) << SLAB_SHIFT) >>> 0;
  cells[runs] = word - 1 + ((entry >>> RUN_SHIFT) << RUNS_SHIFT);
  cells[address >>> 2] = 0;
  if (FLAGS.HAKMEM_BUILD_HARDENED) cells[record + R_IN_HAND] = address | HELD;
  core.doubles[(record + R_RUNS_TAKEN) >>> 1]++;
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_HITS);
  return address;
}

/** Exchanges the newest entry for an older one of `count` to `most` slabs; false for none. */
function bringForward(cells: Cells, runs: number, count: number, most: number): boolean {
  const newest = runs + (cells[runs] & RUNS_COUNT);
  for (let cell = newest - 1; cell > runs; cell--) {
    const entry = cells[cell];
    if (entry >>> RUN_SHIFT < count || entry >>> RUN_SHIFT > most) continue;
    cells[cell] = cells[newest];
    cells[newest] = entry;
    return true;
  }
  return false;
}

/**
 * Takes the oldest run out of a record's run cache and claims it for this thread; its entry, or 0
 * when there is none.
 * @atomics cold CORRECTNESS: the run changes hands by its state.
 */
function claimOldest(core: Core, record: number): number {
  const { cells, doubles, pageMap, states, thread } = core;
  const runs = record + R_RUNS;
  for (let count = cells[runs] & RUNS_COUNT; count > 0; count = cells[runs] & RUNS_COUNT) {
    const entry = cells[runs + 1];
    const slab = entry & RUN_SLAB;
    const large = SLAB_LARGE | ((entry >>> RUN_SHIFT) << ARGUMENT_SHIFT);
    const won = claim(cells, states + slab, large, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));
    cells[runs + 1] = cells[runs + count];
    cells[runs] += ((entry >>> RUN_SHIFT) << RUNS_SHIFT) - 1;
    if (won) {
      cells[pageMap + slab] = PAGE_LARGE;
      doubles[(record + R_LARGE_FREES) >>> 1]++;
      doubles[(record + R_LARGE_BYTES_OUT) >>> 1] += (entry >>> RUN_SHIFT) * SLAB_BYTES;
      return entry;
    }
  }
  return 0;
}

/** Gives all that a record's run cache keeps back to the shared pool; the number of runs. */
export function emptyRunCache(core: Core, record: number): number {
  let runs = 0;
  for (let entry = claimOldest(core, record); entry !== 0; entry = claimOldest(core, record)) {
    dropRun(core, entry & RUN_SLAB, entry >>> RUN_SHIFT);
    runs++;
  }
  return runs;
}

/** How many runs a record's run cache keeps. */
export function keptCount(core: Core, record: number): number {
  return core.cells[record + R_RUNS] & RUNS_COUNT;
}

/** Slabs of all runs that a record's run cache keeps. */
export function keptSlabs(core: Core, record: number): number {
  let slabs = 0;
  for (let i = keptCount(core, record); i > 0; i--)
    slabs += core.cells[record + R_RUNS + i] >>> RUN_SHIFT;
  return slabs;
}

/**
 * Whether a record's run cache keeps the run that starts at a slab; a moment old for another thread's.
 * For a run in use none keeps it, but for an entry that hardware with weakly ordered stores shows
 * late; see `isFree` in route.ts.
 */
export function isKept(core: Core, record: number, slab: number): boolean {
  const runs = record + R_RUNS;
  // Benign race: the caller asks about a run that is its user's, or was freed twice.
  const last = runs + (core.cells[runs] & RUNS_COUNT);
  for (let cell = last; cell > runs; cell--) {
    // Benign race: likewise.
    if ((core.cells[cell] & RUN_SLAB) === slab) return true;
  }
  return false;
}
