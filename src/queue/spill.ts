/**
 * Spill queue: for each size class `SPILL_SLOTS` slots where full magazines wait for any thread.
 *
 * Contract: any thread may put the top blocks of its own cache as a magazine, and take a magazine
 * into its own cache, at any time. A magazine changes hands as a whole.
 *
 * A slot's state word names whoever holds the slot: EMPTY -> PUTTING(me) -> FULL(n) -> TAKING(me)
 * -> EMPTY. The two claims are compare-and-exchanges; what they guard (the entries) is plain, and
 * published by the store of FULL, or of EMPTY. ABA: a claim needs FULL or EMPTY at that moment, and
 * gives exactly what the slot holds at that moment, whatever it held before.
 *
 * The `full` word has a bit for each slot that is FULL. Its population is the queue's length, which
 * decides whether a thread may put (flow control). The bits are hints for where to look: a put that
 * meets a FULL slot without its bit sets it, a take that meets an EMPTY one with it clears it.
 *
 * Death: while a slot is PUTTING, its entries are the slot's already exactly if the dead thread's top
 * stands below the position noted in PUT_TOP; while it is TAKING, they are the slot's still exactly if
 * that top stands at TAKE_TOP. Each note is written after the claim and reset by the next holder of
 * the slot, so 0 says that the claim was all that happened: a slot that was to be filled is empty, one
 * that was to be emptied is full. `reclaim` settles both.
 */
import { acquire, type Cells, claim, clearBits, publish, setBits } from '../base/atomics.js';
import { population } from '../base/bits.js';
import { isEmptyStack, positionOf, reserveStack, stackDepth, topOf } from '../base/cache-stack.js';
import { inFigure, outFigure, slowOf } from '../base/class-cells.js';
import { type Core, refreshViews } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import {
  MAGAZINE_MAX,
  Q_FULL,
  Q_SLOTS,
  QUEUE_CELLS,
  SLOT_CELLS,
  SLOT_ENTRIES,
  SLOT_PUT_TOP,
  SLOT_STATE,
  SLOT_TAKE_TOP,
  SPILL_SLOTS,
} from '../base/offsets.js';
import { SLAB_SHIFT } from '../base/layout.js';
import { CLASS_CACHE } from '../base/sizeclass.js';
import {
  PIPELINE_SPILL,
  SPILL_EMPTY,
  SPILL_PUT_BLOCKS,
  SPILL_PUTS,
  SPILL_REFUSALS,
  SPILL_TAKE_BLOCKS,
  SPILL_TAKES,
} from '../base/telemetry/cells.js';
import { countOne, countMany } from '../base/telemetry/count.js';

export const SLOT_EMPTY = 0;
export const SLOT_FULL = 1;
export const SLOT_PUTTING = 2;
export const SLOT_TAKING = 3;
/** A state word: kind in the low two bits, blocks in the next six, the holder's number above. */
export const SLOT_KIND = 3;

export const slotState = (kind: number, blocks: number, thread: number): number =>
  kind | (blocks << 2) | (thread << 8);
export const slotBlocks = (state: number): number => (state >>> 2) & 63;
export const slotThread = (state: number): number => state >>> 8;

/** The cell of a class's queue. */
export function queueOf(core: Core, sizeClass: number): number {
  return core.geometry.queues + sizeClass * QUEUE_CELLS;
}

/** The cell of a slot in a queue. */
export const slotOf = (queue: number, slot: number): number => queue + Q_SLOTS + slot * SLOT_CELLS;

/**
 * Moves the top `blocks` of this thread's cache into a free slot; false when `target` magazines
 * wait already, or no slot could be had.
 * @atomics warm CORRECTNESS: a slot changes hands by its state; the word of full slots is the
 *   queue's length, by which takers and putters decide.
 */
export function putMagazine(
  core: Core,
  sizeClass: number,
  blocks: number,
  target: number,
): boolean {
  const { cells, doubles, thread } = core;
  const queue = queueOf(core, sizeClass);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      blocks > 0 &&
        blocks <= MAGAZINE_MAX &&
        blocks <= stackDepth(cells, core.record + CLASS_CACHE[sizeClass]),
      () => `a magazine of ${blocks} blocks leaves a cache of class ${sizeClass} with fewer`,
    );
  }
  const full = acquire(cells, queue + Q_FULL);
  if (population(full) >= target) {
    if (FLAGS.HAKMEM_SPILL_STATS_COMPILED) countOne(core, SPILL_REFUSALS);
    return false;
  }
  for (let index = 0; index < SPILL_SLOTS; index++) {
    if ((full & (1 << index)) !== 0) continue;
    const slot = slotOf(queue, index);
    const putting = slotState(SLOT_PUTTING, blocks, thread);
    if (!claim(cells, slot + SLOT_STATE, SLOT_EMPTY, putting)) {
      restoreBit(cells, queue, index);
      continue;
    }
    const region = core.record + CLASS_CACHE[sizeClass];
    const figure = outFigure(core.record, sizeClass);
    const top = topOf(cells, region);
    cells[slot + SLOT_TAKE_TOP] = 0;
    cells[slot + SLOT_PUT_TOP] = positionOf(cells[region]);
    for (let i = 0; i < blocks; i++) cells[slot + SLOT_ENTRIES + i] = cells[top - i];
    cells[region] -= blocks;
    doubles[figure] += blocks;
    publish(cells, slot + SLOT_STATE, slotState(SLOT_FULL, blocks, 0));
    setBits(cells, queue + Q_FULL, 1 << index);
    // The magazine may have been taken before its bit was there.
    if (!isFull(cells, queue, index)) settleBit(cells, queue, index);
    if (FLAGS.HAKMEM_SPILL_STATS_COMPILED) {
      countOne(core, SPILL_PUTS);
      countMany(core, SPILL_PUT_BLOCKS, blocks);
    }
    if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countMany(core, PIPELINE_SPILL, blocks);
    return true;
  }
  if (FLAGS.HAKMEM_SPILL_STATS_COMPILED) countOne(core, SPILL_REFUSALS);
  return false;
}

/**
 * Moves a waiting magazine onto this thread's cache; the number of blocks, 0 when none waits.
 * @atomics warm CORRECTNESS: the word of full slots is the queue's length, by which takers
 *   decide.
 */
export function takeMagazine(core: Core, sizeClass: number): number {
  const queue = queueOf(core, sizeClass);
  let full = acquire(core.cells, queue + Q_FULL);
  while (full !== 0) {
    const index = 31 - Math.clz32(full);
    full ^= 1 << index;
    const taken = takeSlot(core, sizeClass, queue, index);
    if (taken !== 0) return taken;
  }
  if (FLAGS.HAKMEM_SPILL_STATS_COMPILED) countOne(core, SPILL_EMPTY);
  return 0;
}

/** The same without trusting the bits, which a thread that died may have left out. */
export function takeMagazineAnywhere(core: Core, sizeClass: number): number {
  const queue = queueOf(core, sizeClass);
  for (let index = 0; index < SPILL_SLOTS; index++) {
    const taken = takeSlot(core, sizeClass, queue, index);
    if (taken !== 0) return taken;
  }
  return 0;
}

/**
 * @atomics warm CORRECTNESS: one thread alone takes a magazine, and empties the slot after its
 *   copy.
 */
function takeSlot(core: Core, sizeClass: number, queue: number, index: number): number {
  const { thread } = core;
  const slot = slotOf(queue, index);
  const state = acquire(core.cells, slot + SLOT_STATE);
  if ((state & SLOT_KIND) !== SLOT_FULL) {
    if (state === SLOT_EMPTY) dropBit(core.cells, queue, index);
    return 0;
  }
  const blocks = slotBlocks(state);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      blocks > 0 && blocks <= MAGAZINE_MAX,
      () => `slot ${index} of the spill queue of class ${sizeClass} says ${blocks} blocks`,
    );
    invariant(
      isEmptyStack(core.cells, core.record + CLASS_CACHE[sizeClass]),
      () => `a magazine of class ${sizeClass} is taken into a cache that is not empty`,
    );
  }
  if (!claim(core.cells, slot + SLOT_STATE, state, slotState(SLOT_TAKING, blocks, thread)))
    return 0;
  const region = core.record + CLASS_CACHE[sizeClass];
  reserveStack(core.cells, region, slowOf(core.record, sizeClass), blocks);
  const top = topOf(core.cells, region);
  core.cells[slot + SLOT_PUT_TOP] = 0;
  core.cells[slot + SLOT_TAKE_TOP] = positionOf(core.cells[region]);
  // Blocks of slabs that another thread grew the heap by may lie beyond this thread's views.
  let highest = 0;
  for (let i = 0; i < blocks; i++) {
    const address = core.cells[slot + SLOT_ENTRIES + i];
    core.cells[top + blocks - i] = address;
    const slab = address >>> SLAB_SHIFT;
    if (slab > highest) highest = slab;
  }
  if (highest >= core.slabs) refreshViews(core);
  const { cells, doubles } = core;
  const figure = inFigure(core.record, sizeClass);
  cells[region] += blocks;
  doubles[figure] += blocks;
  clearBits(cells, queue + Q_FULL, 1 << index);
  publish(cells, slot + SLOT_STATE, SLOT_EMPTY);
  if (FLAGS.HAKMEM_SPILL_STATS_COMPILED) {
    countOne(core, SPILL_TAKES);
    countMany(core, SPILL_TAKE_BLOCKS, blocks);
  }
  return blocks;
}

/**
 * A slot may be FULL without its bit: the thread that filled it died, or is about to set it.
 * @atomics cold CORRECTNESS: a full slot without its bit would never be taken.
 */
export function restoreBit(cells: Cells, queue: number, index: number): void {
  if (isFull(cells, queue, index)) settleBit(cells, queue, index);
}

/**
 * A slot is EMPTY with its bit: clear it, unless the slot was filled in the meantime.
 * @atomics cold CORRECTNESS: a bit without a full slot would make the queue look longer than it
 *   is.
 */
export function dropBit(cells: Cells, queue: number, index: number): void {
  if ((acquire(cells, queue + Q_FULL) & (1 << index)) !== 0) settleBit(cells, queue, index);
}

/** @atomics warm CORRECTNESS: the bit must not outlive or miss the magazine that it speaks of. */
function isFull(cells: Cells, queue: number, index: number): boolean {
  return (acquire(cells, slotOf(queue, index) + SLOT_STATE) & SLOT_KIND) === SLOT_FULL;
}

/**
 * Makes a slot's bit say whether it is FULL. The state is looked at again after each write, since a
 * bit written late would speak of a magazine that came or went meanwhile; whoever writes last finds
 * that out.
 * @atomics warm CORRECTNESS: other threads set and clear the bits of the same word.
 */
function settleBit(cells: Cells, queue: number, index: number): void {
  for (;;) {
    const full = isFull(cells, queue, index);
    if (full) setBits(cells, queue + Q_FULL, 1 << index);
    else clearBits(cells, queue + Q_FULL, 1 << index);
    if (isFull(cells, queue, index) === full) return;
  }
}
