/**
 * Thread record: who uses which part of the heap, with its caches, lists and figures.
 *
 * Contract: `claimRecord` by a thread that attaches; the state moves FREE -> ATTACHED by the thread
 * itself, ATTACHED -> FREE by its detach, ATTACHED -> RECLAIMING(by) -> FREE by whoever reclaims it.
 * A record is taken, by either, in a compare-and-exchange of one word that also counts how often it was
 * taken, so a reclaim that comes late does not hit the thread that has the record now; whoever has it
 * gives it up by a store. (The count has 18 bits and goes on from 2 after them; for that late reclaim it
 * would have to come round, 262,142 attaches of the same record, exactly while the reclaim sleeps between
 * reading and exchanging the word. 0 and 1 stay for records that nobody or one thread ever took, which is
 * what `isAlone` asks.)
 *
 * Death: `H_RECORDS` reaches a record before it is taken, and the host's number of its thread is
 * written in the step that takes it, so a thread that dies while it attaches can be found.
 *
 * Everything else in a record, but for the remote target queue (queue/remote.ts), is plain and belongs
 * to the thread that the state names. Others read its figures, which may then be a moment old.
 *
 * Figures only ever rise and survive in the record when its thread goes, so that sums over all
 * records stay right; `R_BASELINE` holds what they were when the present thread came.
 */
import { acquire, claim, raiseTo } from '../base/atomics.js';
import { CARRY, countOf, handedOut, stackDepth } from '../base/cache-stack.js';
import { inFigure, outFigure, slowOf } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import {
  CACHE_FULL,
  CACHE_MAGIC,
  CACHE_TOP,
  H_RECORDS,
  R_BASELINE,
  R_LARGE_FREES,
  R_LARGE_MALLOCS,
  R_OS_THREAD,
  R_REFILLS,
  R_REMOTE_SLABS,
  R_REMOTE_FREES,
  R_RUNS_TAKEN,
  R_SLOW,
  R_SPILLS,
  R_STATE,
  R_TIDY_AT,
  S_CARRIED,
  S_IN,
  S_OUT,
  S_PARTIAL,
  S_LIMIT,
  S_REFILLED,
  SLOW_CELLS,
} from '../base/offsets.js';
import { assertLayout, MAX_THREADS } from '../base/layout.js';
import { CLASS_CACHE, CLASS_COUNT, CLASS_MAGIC } from '../base/sizeclass.js';
import { keptCount, openRunCache } from '../superslab/runcache.js';
import { FIRST_DEPTH } from '../cache/limits.js';

export const RECORD_FREE = 0;
export const RECORD_ATTACHED = 1;
export const RECORD_RECLAIMING = 2;
const RECORD_KIND = 3;
const COUNT_SHIFT = 14;
const COUNT_MASK = 0x3ffff;
const BY_MASK = 0xfff;

assertLayout(MAX_THREADS <= BY_MASK + 1, 'a record names its reclaimer in 12 bits');

/**
 * A state word: kind, who it is about (low bits of the host's number of an attached thread, or the
 * reclaimer's number), and how often the record was taken.
 */
export function recordState(kind: number, by: number, count: number): number {
  return kind | (by << 2) | ((count & COUNT_MASK) << COUNT_SHIFT);
}

export function recordKind(state: number): number {
  return state & RECORD_KIND;
}

export function recordReclaimer(state: number): number {
  return (state >>> 2) & BY_MASK;
}

export function recordCount(state: number): number {
  return state >>> COUNT_SHIFT;
}

export function recordOf(core: Core, thread: number): number {
  return core.geometry.records + thread * core.geometry.recordCells;
}

/**
 * The state word of a record, a moment old.
 * @atomics cold CORRECTNESS: it names the holder: whose record is counted and checked, and whose is to
 *   be taken when it died.
 */
export function stateOf(core: Core, thread: number): number {
  return acquire(core.cells, recordOf(core, thread) + R_STATE);
}

/** Whether a thread has a record, or another reclaims it for a dead one; a moment old. */
export function isAttached(core: Core, thread: number): boolean {
  if (thread < 0 || thread >= core.geometry.maxThreads) return false;
  return recordKind(stateOf(core, thread)) !== RECORD_FREE;
}

/** Whether no record but this thread's was ever taken, and that one by it alone. */
export function isAlone(core: Core): boolean {
  return core.recordsUsed <= 1 && recordCount(stateOf(core, core.thread)) <= 1;
}

/** How many records are in use; a moment old. */
export function attachedThreads(core: Core): number {
  const records = core.recordsUsed;
  let attached = 0;
  for (let thread = 0; thread < records; thread++) if (isAttached(core, thread)) attached++;
  return attached;
}

/**
 * Takes the lowest free record for this thread and sets it up; -1 when all are taken.
 * @atomics cold CORRECTNESS: a record is taken by one thread, after the count of records reaches
 *   it.
 */
export function claimRecord(core: Core, osThread: number): number {
  const { cells, geometry } = core;
  for (let thread = 0; thread < geometry.maxThreads; thread++) {
    const cell = recordOf(core, thread) + R_STATE;
    const state = acquire(cells, cell);
    if (recordKind(state) !== RECORD_FREE) continue;
    raiseTo(cells, core.header + H_RECORDS, thread + 1);
    const by = osThread & BY_MASK;
    const count = recordCount(state);
    const attached = recordState(RECORD_ATTACHED, by, count < COUNT_MASK ? count + 1 : 2);
    const noted = recordOf(core, thread) + R_OS_THREAD;
    if (!claim(cells, cell, state, attached)) continue;
    cells[noted] = osThread;
    core.thread = thread;
    core.record = recordOf(core, thread);
    openRecord(core);
    if (!FLAGS.HAKMEM_BUILD_RELEASE) assertLeft(core, core.record);
    return thread;
  }
  return -1;
}

/**
 * Whether a state word says that this thread of the host has the record. Right after the word the
 * cell may still name the thread that had the record before, so both must agree.
 */
export function isHeldBy(core: Core, record: number, state: number, osThread: number): boolean {
  return (
    recordKind(state) === RECORD_ATTACHED &&
    recordReclaimer(state) === (osThread & BY_MASK) &&
    core.cells[record + R_OS_THREAD] === osThread
  );
}

/**
 * Empties the caches and notes what was done through the record before. One loop of plain
 * statements: V8 interprets it, since a thread attaches once.
 */
function openRecord(core: Core): void {
  const { cells, doubles, record } = core;
  const floor = CACHE_FULL - FIRST_DEPTH;
  const toFloor = floor | CACHE_TOP;
  // The run cache is empty: what it handed out again was freed before.
  const again = doubles[(record + R_RUNS_TAKEN) >>> 1];
  let mallocs = doubles[(record + R_LARGE_MALLOCS) >>> 1] + again;
  let frees = doubles[(record + R_LARGE_FREES) >>> 1] + again;
  let slow = record + R_SLOW;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const region = record + CLASS_CACHE[sizeClass];
    slow += SLOW_CELLS;
    const word = cells[region];
    cells[region + toFloor] = 0;
    cells[region + CACHE_MAGIC] = CLASS_MAGIC[sizeClass];
    cells[region] = (word & ~CACHE_FULL) | floor;
    cells[slow + S_PARTIAL] = 0;
    cells[slow + S_REFILLED] = 0;
    cells[slow + S_LIMIT] = FIRST_DEPTH;
    const handed = cells[slow + S_CARRIED] * CARRY + countOf(word);
    mallocs += handed;
    frees += handed - doubles[(slow + S_IN) >>> 1] + doubles[(slow + S_OUT) >>> 1];
  }
  openRunCache(core);
  cells[record + R_TIDY_AT] = 0;
  const baseline = (record + R_BASELINE) >>> 1;
  doubles[baseline] = mallocs;
  doubles[baseline + 1] = frees;
  doubles[baseline + 2] = doubles[(record + R_REMOTE_FREES) >>> 1];
  doubles[baseline + 3] = doubles[(record + R_REFILLS) >>> 1];
  doubles[baseline + 4] = doubles[(record + R_SPILLS) >>> 1];
}

/** A record whose thread leaves: no blocks in its caches, no runs, no slabs. */
export function assertLeft(core: Core, record: number): void {
  const { cells, geometry } = core;
  invariant(keptCount(core, record) === 0, () => 'a thread leaves with runs in its run cache');
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    invariant(
      cachedBlocks(core, record, sizeClass) === 0,
      () => `a thread leaves with blocks in its cache of class ${sizeClass}`,
    );
  }
  const end = record + 2 * geometry.ownedOffset - R_REMOTE_SLABS;
  for (let word = record + geometry.ownedOffset; word < end; word++) {
    invariant(cells[word] === 0, () => 'a thread leaves with slabs of its own');
  }
}

/** What a thread did, from plain cells of its record. */
export interface Figures {
  mallocs: number;
  frees: number;
  remoteFrees: number;
  refills: number;
  spills: number;
}

const FIGURES = ['mallocs', 'frees', 'remoteFrees', 'refills', 'spills'] as const;
assertLayout(
  2 * FIGURES.length <= R_RUNS_TAKEN - R_BASELINE,
  'a record has a 64-bit float at R_BASELINE for each figure',
);

/** Blocks in a cache, by its top; 0 while the record is being set up. */
export function cachedBlocks(core: Core, record: number, sizeClass: number): number {
  return stackDepth(core.cells, record + CLASS_CACHE[sizeClass]);
}

/** Blocks that a class's cache handed out and the net number that its users hold because of it. */
export function classFigures(
  core: Core,
  record: number,
  sizeClass: number,
): { mallocs: number; live: number } {
  const { cells, doubles } = core;
  const region = record + CLASS_CACHE[sizeClass];
  return {
    mallocs: handedOut(cells, region, slowOf(record, sizeClass)),
    live:
      doubles[inFigure(record, sizeClass)] -
      doubles[outFigure(record, sizeClass)] -
      cachedBlocks(core, record, sizeClass),
  };
}

/** The same of Large blocks above the classes. */
export function largeFigures(core: Core, record: number): { mallocs: number; live: number } {
  const { doubles } = core;
  const mallocs = doubles[(record + R_LARGE_MALLOCS) >>> 1];
  const frees = doubles[(record + R_LARGE_FREES) >>> 1];
  return {
    mallocs: mallocs + doubles[(record + R_RUNS_TAKEN) >>> 1],
    live: mallocs - frees - keptCount(core, record),
  };
}

/** All that was ever done through a record. */
function rawFigures(core: Core, record: number): Figures {
  const { doubles } = core;
  let { mallocs, live } = largeFigures(core, record);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const figures = classFigures(core, record, sizeClass);
    mallocs += figures.mallocs;
    live += figures.live;
  }
  return {
    mallocs,
    frees: mallocs - live,
    remoteFrees: doubles[(record + R_REMOTE_FREES) >>> 1],
    refills: doubles[(record + R_REFILLS) >>> 1],
    spills: doubles[(record + R_SPILLS) >>> 1],
  };
}

/** What the present thread of a record did since it attached. */
export function threadFigures(core: Core, record: number): Figures {
  const figures = rawFigures(core, record);
  FIGURES.forEach((name, index) => {
    figures[name] -= core.doubles[((record + R_BASELINE) >>> 1) + index];
  });
  return figures;
}
