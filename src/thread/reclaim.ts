/**
 * Reclaim: another thread cleans up after one that died without detaching.
 *
 * Contract: called by an attached thread, for a record whose thread runs no more. It may itself die
 * at any point: the record then says RECLAIMING(by the dead reclaimer), and the reclaim of that
 * thread takes the work up again. Every step may be done twice.
 *
 * Order, and why it may be repeated:
 * 1. Spill slots that the dead thread held become FULL or EMPTY again, by the notes in them.
 * 2. Its cached blocks return to their slabs. For its own slabs that sets bits that may be set
 *    already; for other slabs a block leaves the cache in the step that gives it back.
 *    The runs in its run cache become the reclaimer's, one by one, and are released.
 * 3. Slabs that it had claimed become free; runs that it had put down for the BigCache without a slot
 *    are released.
 * 4. Its slabs' counts are taken again from the bitmaps, and the slabs orphaned or released.
 * 5. News of remote frees that it did not deliver is delivered.
 * 6. The record is free.
 * The dead thread's slabs stay its own until step 4, so nobody else touches their local bitmaps.
 * All but the last step a thread also does for itself, see `reclaimOwn`.
 */
import { acquire, claim, publish, setBits } from '../base/atomics.js';
import { population } from '../base/bits.js';
import { bottomOf, layStack, positionOf, topOf } from '../base/cache-stack.js';
import { outFigure, slowOf } from '../base/class-cells.js';
import { type Core, refreshViews } from '../base/core.js';
import {
  BITMAP_WORDS,
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LISTED,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  D_SCAN,
  H_CAPACITY,
  Q_FULL,
  R_REMOTE_SLABS,
  R_STATE,
  S_PARTIAL,
  S_REFILLED,
  SLOT_PUT_TOP,
  SLOT_STATE,
  SLOT_TAKE_TOP,
  SPILL_SLOTS,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  SLAB_CACHED,
  SLAB_CLAIMED,
  SLAB_INNER,
  SLAB_ORPHAN,
  SLAB_OWNED,
  SLAB_SHIFT,
} from '../base/layout.js';
import { CLASS_CACHE, CLASS_BYTES, CLASS_COUNT } from '../base/sizeclass.js';
import { FIRST_DEPTH } from '../cache/limits.js';
import { hintOrphan, orphanSlab, settleOrphan, tellOfRemote } from '../cache/orphans.js';
import {
  dropBit,
  queueOf,
  restoreBit,
  SLOT_EMPTY,
  SLOT_FULL,
  SLOT_KIND,
  SLOT_PUTTING,
  SLOT_TAKING,
  slotBlocks,
  slotOf,
  slotState,
  slotThread,
} from '../queue/spill.js';
import { clearStaleSlots, dropUnnoted } from '../superslab/bigcache.js';
import { emptyRunCache } from '../superslab/runcache.js';
import { findLost, releaseSlabs } from '../superslab/pool.js';
import { descriptorOf, headOf, returnRemote, writePages } from '../superslab/slab.js';
import {
  assertLeft,
  RECORD_ATTACHED,
  RECORD_FREE,
  RECORD_RECLAIMING,
  recordCount,
  recordKind,
  recordOf,
  recordReclaimer,
  recordState,
} from './record.js';

/** What a reclaim brought back. */
export interface Reclaimed {
  /** Blocks that the dead thread had cached. */
  blocks: number;
  /** Slabs and runs that it had owned, orphaned or released now. */
  slabs: number;
}

/**
 * Takes a dead thread's record for reclaiming; false when it is not in use, or another thread has
 * reclaimed it or is about to. `state` is the record's state word as the caller saw it.
 * @atomics cold CORRECTNESS: one thread alone reclaims a record.
 */
export function beginReclaim(core: Core, dead: number, state: number): boolean {
  if (recordKind(state) !== RECORD_ATTACHED) return false;
  const mine = recordState(RECORD_RECLAIMING, core.thread, recordCount(state));
  return claim(core.cells, recordOf(core, dead) + R_STATE, state, mine);
}

/**
 * Cleans up a record that `beginReclaim` took, and those that its dead thread was cleaning up.
 * @atomics cold CORRECTNESS: the record is free for others after all that it held was brought
 *   back.
 */
export function finishReclaim(core: Core, dead: number): Reclaimed {
  const done: Reclaimed = { blocks: 0, slabs: 0 };
  bringBack(core, dead, done);
  const record = recordOf(core, dead);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertLeft(core, record);
  const count = recordCount(acquire(core.cells, record + R_STATE));
  takeOverReclaims(core, dead, done);
  publish(core.cells, record + R_STATE, recordState(RECORD_FREE, 0, count));
  return done;
}

/**
 * Cleans up this thread's own record, after an error threw it out of the middle of a call, as another
 * thread would if it had died there. It keeps the record, with its caches as after an attach: so what
 * `openRecord` empties of them is emptied here too, where `bringBack` has not done it.
 */
export function reclaimOwn(core: Core): void {
  const done: Reclaimed = { blocks: 0, slabs: 0 };
  const { record, thread } = core;
  bringBack(core, thread, done);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const slow = slowOf(record, sizeClass);
    layStack(core.cells, record + CLASS_CACHE[sizeClass], slow, FIRST_DEPTH);
    core.cells[slow + S_PARTIAL] = 0;
    core.cells[slow + S_REFILLED] = 0;
  }
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertLeft(core, record);
  takeOverReclaims(core, thread, done);
}

/** Steps 1 to 5. */
function bringBack(core: Core, dead: number, done: Reclaimed): void {
  refreshViews(core);
  settleSlots(core, dead);
  returnCache(core, dead, done);
  done.blocks += emptyRunCache(core, recordOf(core, dead));
  freeClaimed(core, dead);
  leaveSlabs(core, dead, done);
  redeliver(core);
  findLost(core);
  const record = recordOf(core, dead);
  const owned = record + core.geometry.ownedOffset;
  core.cells.fill(0, owned, owned + core.geometry.ownedOffset - R_REMOTE_SLABS);
}

/** @atomics cold CORRECTNESS: the records that the dead thread was reclaiming go to one thread. */
function takeOverReclaims(core: Core, dead: number, done: Reclaimed): void {
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    const cell = recordOf(core, thread) + R_STATE;
    const state = acquire(core.cells, cell);
    if (recordKind(state) !== RECORD_RECLAIMING || recordReclaimer(state) !== dead) continue;
    const mine = recordState(RECORD_RECLAIMING, core.thread, recordCount(state));
    if (!claim(core.cells, cell, state, mine)) continue;
    const more = finishReclaim(core, thread);
    done.blocks += more.blocks;
    done.slabs += more.slabs;
  }
}

/** @atomics cold CORRECTNESS: slots that the dead thread held become full or empty again. */
function settleSlots(core: Core, dead: number): void {
  const { cells } = core;
  const record = recordOf(core, dead);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const queue = queueOf(core, sizeClass);
    const top = positionOf(cells[record + CLASS_CACHE[sizeClass]]);
    for (let index = 0; index < SPILL_SLOTS; index++) {
      const slot = slotOf(queue, index);
      const state = acquire(cells, slot + SLOT_STATE);
      const kind = state & SLOT_KIND;
      if (slotThread(state) !== dead || (kind !== SLOT_PUTTING && kind !== SLOT_TAKING)) {
        if (kind === SLOT_EMPTY) dropBit(cells, queue, index);
        else restoreBit(cells, queue, index);
        continue;
      }
      const note = cells[slot + (kind === SLOT_PUTTING ? SLOT_PUT_TOP : SLOT_TAKE_TOP)];
      const holds = kind === SLOT_PUTTING ? note !== 0 && top < note : note === 0 || top === note;
      // The note goes with its thread: the slot's next holder may die before it writes its own.
      if (holds) {
        cells[slot + SLOT_TAKE_TOP] = 0;
        publish(cells, slot + SLOT_STATE, slotState(SLOT_FULL, slotBlocks(state), 0));
        setBits(cells, queue + Q_FULL, 1 << index);
      } else {
        cells[slot + SLOT_PUT_TOP] = 0;
        publish(cells, slot + SLOT_STATE, SLOT_EMPTY);
        dropBit(cells, queue, index);
      }
    }
  }
}

/**
 * @atomics cold CORRECTNESS: only blocks of slabs that the dead thread still owned go back by its
 *   own side.
 */
function returnCache(core: Core, dead: number, done: Reclaimed): void {
  const { cells, doubles, states } = core;
  const record = recordOf(core, dead);
  const deads = SLAB_OWNED | (dead << ARGUMENT_SHIFT);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const region = record + CLASS_CACHE[sizeClass];
    const out = outFigure(record, sizeClass);
    // A position of 0 belongs to a thread that died before its record was set up.
    for (let top = topOf(cells, region); top > bottomOf(region); top = topOf(cells, region)) {
      const address = cells[top];
      if (address === 0) break;
      const slab = headOf(core, address >>> SLAB_SHIFT);
      const d = descriptorOf(slab);
      const offset = (address - (slab << SLAB_SHIFT)) >>> 0;
      const index = Math.trunc(offset / CLASS_BYTES[sizeClass]);
      const word = index >>> 5;
      const bit = 1 << (index & 31);
      if (acquire(cells, states + slab) !== deads) {
        const news = returnRemote(core, slab, word, bit, region, cells[region] - 1, out);
        if (news) tellOfRemote(core, slab);
      } else {
        // A block that was cut but not yet counted as carved is still part of the uncut rest.
        if (index < cells[d + D_CARVED]) cells[d + D_LOCAL + word] |= bit;
        cells[region]--;
        doubles[out]++;
      }
      done.blocks++;
    }
  }
}

/** @atomics cold CORRECTNESS: states name the slabs that the dead thread had claimed. */
function freeClaimed(core: Core, dead: number): void {
  const { cells, states, geometry } = core;
  const claimed = SLAB_CLAIMED | (dead << ARGUMENT_SHIFT);
  const end = acquire(cells, core.header + H_CAPACITY);
  clearStaleSlots(core);
  for (let slab = geometry.firstSlab; slab < end; slab++) {
    const state = acquire(cells, states + slab);
    if ((state & KIND) === SLAB_CACHED) dropUnnoted(core, slab, state >>> ARGUMENT_SHIFT);
    if (state !== claimed) continue;
    let count = 1;
    while (acquire(cells, states + slab + count) === (SLAB_INNER | (count << ARGUMENT_SHIFT))) {
      count++;
    }
    cells.fill(0, core.pageMap + slab, core.pageMap + slab + count);
    releaseSlabs(core, slab, count);
  }
}

/** @atomics cold CORRECTNESS: states name the slabs that the dead thread owned. */
function leaveSlabs(core: Core, dead: number, done: Reclaimed): void {
  const { cells, states, geometry } = core;
  const deads = SLAB_OWNED | (dead << ARGUMENT_SHIFT);
  const end = acquire(cells, core.header + H_CAPACITY);
  for (let slab = geometry.firstSlab; slab < end; slab++) {
    if (acquire(cells, states + slab) !== deads) continue;
    const d = descriptorOf(slab);
    let free = 0;
    for (let word = 0; word < BITMAP_WORDS && word * 32 < cells[d + D_CARVED]; word++) {
      free += population(cells[d + D_LOCAL + word]);
    }
    cells[d + D_FREE] = free;
    cells[d + D_SCAN] = 0;
    cells[d + D_LISTED] = 0;
    // It may have died while it gave the slab up, or before it noted that the slab was its own.
    cells[d + D_OWNER] = dead + 1;
    writePages(core, slab, cells[d + D_CLASS], cells[d + D_CARVED]);
    orphanSlab(core, slab);
    settleOrphan(core, slab);
    done.slabs++;
  }
}

/**
 * Finds remote frees whose news did not arrive, and delivers it.
 * @atomics cold CORRECTNESS: remote bits without their news would wait for ever.
 */
function redeliver(core: Core): void {
  const { cells, states, geometry } = core;
  const end = acquire(cells, core.header + H_CAPACITY);
  for (let slab = geometry.firstSlab; slab < end; slab++) {
    const state = acquire(cells, states + slab);
    if (state === SLAB_ORPHAN) {
      // Its hints too: an adopter may have died between clearing them and setting them again.
      hintOrphan(core, slab);
      settleOrphan(core, slab);
    }
    if ((state & KIND) !== SLAB_OWNED) continue;
    // The owner may release the slab meanwhile: then this reads what is no descriptor any more, and
    // the owner of the summary looks in vain.
    const d = descriptorOf(slab);
    // Benign race: the blocks that the dead thread gave back were carved before it had them.
    const words = Math.min(BITMAP_WORDS, (cells[d + D_CARVED] + 31) >>> 5);
    let summary = 0;
    for (let word = 0; word < words; word++) {
      if (acquire(cells, d + D_REMOTE + word) !== 0) summary |= 1 << (word >>> 2);
    }
    if (summary === 0) continue;
    setBits(cells, geometry.summaries + slab, summary);
    // Its owner may have left it meanwhile, before there was news to look at.
    tellOfRemote(core, slab);
  }
}
