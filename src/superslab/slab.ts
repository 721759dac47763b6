/**
 * Slab: a run of slabs cut into equal blocks of one size class, and its descriptor.
 *
 * Contract: the thread whose number stands in the slab's state word calls everything here, except
 * `returnRemote`, which anyone may call for blocks that it holds; holding a block of the run keeps
 * the descriptor in force. `headOf` and `descriptorOf` only look up and compute, for any thread.
 *
 * Invariants, once nothing is in flight (`verify` checks this list):
 *   in use + local bits + remote bits + cached + in magazines + (capacity - carved) = capacity
 *   population(local bitmap) = D_FREE, all of it below D_CARVED
 *   local bitmap AND remote bitmap = 0
 *   page map word of the slab of rank k = pageWord(class, D_CARVED, k)
 *   listed in its owner's list <=> D_FREE > 0 or D_CARVED < capacity
 *
 * Why bits and not links: a stray write into a freed block cannot corrupt a bitmap, and setting a
 * bit twice does no harm, which is what lets `reclaim` redo work of a thread that died halfway.
 *
 * Death: the loops below write only cells that do not count yet (stack cells above the top); the
 * statements that commit stand in a straight line behind them, the cache first and the bitmap or
 * the carved count second. In between, a block would stand in both places of the same owner, and
 * `reclaim` counts it once.
 */
import { acquire, publish, setBits, setBitsAndLower, takeAll } from '../base/atomics.js';
import { population } from '../base/bits.js';
import { topOf } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import { damagedHeap } from '../base/errors.js';
import {
  BITMAP_WORDS,
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LISTED,
  D_LOCAL,
  D_NEXT,
  D_OWNER,
  D_PREV,
  D_REMOTE,
  D_SCAN,
  D_VIRGIN,
  DESCRIPTOR_CELLS,
  DESCRIPTOR_OFFSET,
} from '../base/offsets.js';
import { invariant } from '../base/invariant.js';
import {
  ARGUMENT_SHIFT,
  CARVED_SHIFT,
  FREE_MARK,
  PAGE_KIND,
  PAGE_LARGE,
  PAGE_RANK,
  PAGE_SHIFT,
  SLAB_BYTES,
  SLAB_CELLS,
  SLAB_CLAIMED,
  SLAB_OWNED,
  SLAB_SHIFT,
  SUPERSLAB_CELL_SHIFT,
} from '../base/layout.js';
import { CLASS_BYTES, CLASS_CACHE, CLASS_CAPACITY, CLASS_SLABS } from '../base/sizeclass.js';

/** The cell of a slab's descriptor, in slab 0 of its SuperSlab. */
export function descriptorOf(slab: number): number {
  return (
    ((slab >>> 5) << SUPERSLAB_CELL_SHIFT) +
    DESCRIPTOR_OFFSET +
    ((slab & 31) - 1) * DESCRIPTOR_CELLS
  );
}

/** The first slab of the run that a slab belongs to, by the page map. */
export function headOf(core: Core, slab: number): number {
  // Benign race: while a block of the run is in use the word keeps its rank; for a number that is no such
  // block this may be the head of a run that was here a moment ago.
  const page = core.cells[core.pageMap + slab];
  return (page & PAGE_KIND) === PAGE_LARGE ? slab : slab - ((page & PAGE_RANK) >>> PAGE_SHIFT);
}

/** The page map word of one slab of a run, of which so many blocks are carved. */
export function pageWord(sizeClass: number, carved: number, rank: number): number {
  const bytes = carved * CLASS_BYTES[sizeClass] - rank * SLAB_BYTES;
  if (bytes <= 0) return rank << PAGE_SHIFT;
  return (
    CLASS_CACHE[sizeClass] |
    (rank << PAGE_SHIFT) |
    ((Math.min(bytes, SLAB_BYTES) - 1) << CARVED_SHIFT)
  );
}

/** The page map words of a run. */
export function writePages(core: Core, slab: number, sizeClass: number, carved: number): void {
  const { cells, pageMap } = core;
  for (let rank = CLASS_SLABS[sizeClass] - 1; rank >= 0; rank--) {
    // Benign race: others read the word for blocks that they hold, which the value before covers as
    // well.
    cells[pageMap + slab + rank] = pageWord(sizeClass, carved, rank);
  }
}

/**
 * Makes a claimed run this thread's slab of a class, nothing carved yet, and publishes it.
 * @atomics cold CORRECTNESS: the owner is published after the descriptor that remote frees read.
 */
export function formatSlab(core: Core, slab: number, sizeClass: number, virgin: boolean): void {
  const { cells, states, thread } = core;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      acquire(cells, states + slab) === (SLAB_CLAIMED | (thread << ARGUMENT_SHIFT)),
      () => `thread ${thread} formats slab ${slab}, which it has not claimed`,
    );
  }
  const d = descriptorOf(slab);
  if (FLAGS.HAKMEM_BUILD_HARDENED && !virgin) {
    // Trailers of the run's blocks in an earlier life must not speak for its next ones.
    cells.fill(0, slab * SLAB_CELLS, (slab + CLASS_SLABS[sizeClass]) * SLAB_CELLS);
  }
  const words = (CLASS_CAPACITY[sizeClass] + 31) >>> 5;
  cells.fill(0, d, d + D_LOCAL + words);
  // Plain writes to atomic cells: the descriptor is this thread's alone until it is published.
  cells.fill(0, d + D_REMOTE, d + D_REMOTE + words);
  cells[d + D_CLASS] = sizeClass;
  cells[d + D_OWNER] = thread + 1;
  cells[d + D_VIRGIN] = virgin ? 1 : 0;
  writePages(core, slab, sizeClass, 0);
  publish(cells, states + slab, SLAB_OWNED | (thread << ARGUMENT_SHIFT));
  // A notification left from the slab's previous life would suppress later ones; any sent after this
  // store finds the new owner.
  publish(cells, core.geometry.summaries + slab, 0);
}

/** Moves up to `want` blocks from the local bitmap to the cache; returns how many. */
export function takeFree(
  core: Core,
  slab: number,
  region: number,
  inFigure: number,
  want: number,
): number {
  const { cells, doubles } = core;
  const d = descriptorOf(slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  const bytes = CLASS_BYTES[cells[d + D_CLASS]];
  let got = 0;
  let word = cells[d + D_SCAN];
  while (got < want && cells[d + D_FREE] > 0) {
    let bits = cells[d + D_LOCAL + word];
    if (bits === 0) {
      if (++word >= BITMAP_WORDS) throw damagedHeap(`the free blocks of slab ${slab}`);
      continue;
    }
    const top = topOf(cells, region);
    const first = (slab << SLAB_SHIFT) + word * 32 * bytes;
    let taken = 0;
    while (bits !== 0 && got + taken < want) {
      const high = 31 - Math.clz32(bits);
      cells[top + ++taken] = first + high * bytes;
      bits ^= 1 << high;
    }
    cells[region] += taken;
    doubles[inFigure] += taken;
    cells[d + D_LOCAL + word] = bits;
    cells[d + D_FREE] -= taken;
    got += taken;
  }
  cells[d + D_SCAN] = word;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  return got;
}

/** Cuts up to `want` blocks off the part never carved and caches them; returns how many. */
export function carve(
  core: Core,
  slab: number,
  region: number,
  inFigure: number,
  want: number,
): number {
  const { cells, doubles } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  const bytes = CLASS_BYTES[sizeClass];
  const carved = cells[d + D_CARVED];
  const count = Math.min(want, CLASS_CAPACITY[sizeClass] - carved);
  if (!(count >= 0 && carved >= 0)) throw damagedHeap(`the count of slab ${slab}`);
  const mark = FREE_MARK ^ cells[d + D_VIRGIN];
  const top = topOf(cells, region);
  // From the last to the first, so that they are handed out in the order of their addresses.
  let address = (slab << SLAB_SHIFT) + (carved + count - 1) * bytes;
  for (let i = 1; i <= count; i++) {
    cells[address >>> 2] = address ^ mark;
    cells[top + i] = address;
    address -= bytes;
  }
  cells[region] += count;
  doubles[inFigure] += count;
  cells[d + D_CARVED] = carved + count;
  writePages(core, slab, sizeClass, carved + count);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  return count;
}

/** The owner's invariants of a slab; debug builds ask for them around every change of it. */
export function assertSlab(core: Core, slab: number): void {
  const { cells, thread } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  const carved = cells[d + D_CARVED];
  let free = 0;
  for (let word = 0; word * 32 < carved; word++) free += population(cells[d + D_LOCAL + word]);
  const whole = (holds: boolean, what: string): void => {
    invariant(holds, () => `slab ${slab} of class ${sizeClass}, thread ${thread}: ${what}`);
  };
  whole(cells[d + D_OWNER] === thread + 1, `its owner is ${cells[d + D_OWNER] - 1}`);
  whole(carved <= CLASS_CAPACITY[sizeClass], `${carved} blocks cut, more than it holds`);
  whole(free === cells[d + D_FREE], `${free} free blocks, it says ${cells[d + D_FREE]}`);
  for (let rank = 0; rank < CLASS_SLABS[sizeClass]; rank++) {
    const word = cells[core.pageMap + slab + rank];
    whole(word === pageWord(sizeClass, carved, rank), `its page map word ${rank} differs`);
  }
}

/** Puts `blocks` blocks of one bitmap word back into their slab: the owner's side (ss_local). */
export function returnLocal(
  cells: Int32Array,
  d: number,
  word: number,
  bits: number,
  blocks: number,
): void {
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    const highest = word * 32 + 31 - Math.clz32(bits);
    invariant(
      highest < cells[d + D_CARVED] &&
        (cells[d + D_LOCAL + word] & bits) === 0 &&
        population(bits) === blocks,
      () => `blocks return to a slab where they are free, or were never cut: word ${word}`,
    );
  }
  cells[d + D_LOCAL + word] |= bits;
  cells[d + D_FREE] += blocks;
  if (word < cells[d + D_SCAN]) cells[d + D_SCAN] = word;
}

/**
 * Puts blocks of one bitmap word back into their slab: any other thread's side (ss_remote); they
 * stop being the caller's when its stack's word `stackCell` becomes `stack`, in the same step, and
 * `outFigure` counts them with it.
 * True when the owner has to be told, because nobody did since it last looked: whoever sets the
 * first bit of the summary tells it afterwards, and the owner empties the summary before the words.
 *
 * The word is the last that this thread touches of the descriptor: with its bits set the run may be
 * released, and its SuperSlab may become the inside of a Large block. So the summaries stand in a
 * table of their own, where a bit that comes too late is only looked at in vain.
 * @atomics warm CORRECTNESS: threads set bits of one word at once; the word goes before its
 *   summary.
 */
export function returnRemote(
  core: Core,
  slab: number,
  word: number,
  bits: number,
  stackCell: number,
  stack: number,
  outFigure: number,
): boolean {
  const { cells, doubles } = core;
  const cell = descriptorOf(slab) + D_REMOTE + word;
  const blocks = cells[stackCell] - stack;
  const was = setBitsAndLower(cells, cell, bits, stackCell, stack);
  doubles[outFigure] += blocks;
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant((was & bits) === 0, () => `a block returns to slab ${slab}, where it is free`);
  }
  if (was !== 0) return false;
  return setBits(cells, core.geometry.summaries + slab, 1 << (word >>> 2)) === 0;
}

/**
 * Moves every remotely freed block to the local bitmap; returns how many. The owner calls it.
 * @atomics warm CORRECTNESS: the summary is taken before the words, so bits set later bring their
 *   news again.
 */
export function drainRemote(core: Core, slab: number): number {
  const { cells } = core;
  const summaryCell = core.geometry.summaries + slab;
  if (acquire(cells, summaryCell) === 0) return 0;
  let summary = takeAll(cells, summaryCell);
  const d = descriptorOf(slab);
  const words = Math.min(BITMAP_WORDS, (cells[d + D_CARVED] + 31) >>> 5);
  let drained = 0;
  while (summary !== 0) {
    const group = 31 - Math.clz32(summary);
    summary ^= 1 << group;
    drained += drainWords(core, d, group * 4, Math.min(words, group * 4 + 4));
  }
  return drained;
}

/**
 * The same without trusting the summary, which a thread that died may not have set.
 * @atomics cold CORRECTNESS: the summary is emptied before every word is taken.
 */
export function drainRemoteFully(core: Core, slab: number): number {
  const d = descriptorOf(slab);
  takeAll(core.cells, core.geometry.summaries + slab);
  return drainWords(core, d, 0, (core.cells[d + D_CARVED] + 31) >>> 5);
}

/** @atomics warm CORRECTNESS: bits are taken once, so no block comes back twice. */
function drainWords(core: Core, d: number, from: number, to: number): number {
  const { cells } = core;
  let drained = 0;
  for (let word = from; word < to; word++) {
    if (acquire(cells, d + D_REMOTE + word) === 0) continue;
    if (!FLAGS.HAKMEM_BUILD_RELEASE) {
      invariant(
        (acquire(cells, d + D_REMOTE + word) & cells[d + D_LOCAL + word]) === 0,
        () => `blocks of one slab are free twice: word ${word} of its bitmaps`,
      );
    }
    const bits = takeAll(cells, d + D_REMOTE + word);
    // At once, before any call: a thread that ends with the bits in hand would take them along.
    cells[d + D_LOCAL + word] |= bits;
    const count = population(bits);
    cells[d + D_FREE] += count;
    if (word < cells[d + D_SCAN]) cells[d + D_SCAN] = word;
    drained += count;
  }
  return drained;
}

/** True when every block that was ever carved is back. The owner calls it. */
export function isEmpty(cells: Int32Array, d: number): boolean {
  return cells[d + D_FREE] === cells[d + D_CARVED];
}

/** Puts a slab at the head of its owner's list of slabs with free blocks. */
export function link(cells: Int32Array, listCell: number, slab: number): void {
  const d = descriptorOf(slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(cells[d + D_LISTED] === 0, () => `slab ${slab} is put in a list, and is in one`);
  }
  const first = cells[listCell];
  cells[d + D_NEXT] = first;
  cells[d + D_PREV] = 0;
  cells[d + D_LISTED] = 1;
  if (first !== 0) cells[descriptorOf(first) + D_PREV] = slab;
  cells[listCell] = slab;
}

/** Takes a slab out of its owner's list. */
export function unlink(cells: Int32Array, listCell: number, slab: number): void {
  const d = descriptorOf(slab);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(cells[d + D_LISTED] === 1, () => `slab ${slab} leaves a list, and is in none`);
  }
  const next = cells[d + D_NEXT];
  const prev = cells[d + D_PREV];
  if (prev === 0) cells[listCell] = next;
  else cells[descriptorOf(prev) + D_NEXT] = next;
  if (next !== 0) cells[descriptorOf(next) + D_PREV] = prev;
  cells[d + D_LISTED] = 0;
}
