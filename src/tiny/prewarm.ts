/**
 * Prewarm: blocks of every Tiny class in a thread's cache before its first malloc.
 *
 * A thread runs it once, in V8's interpreter, so what counts is how few functions it enters: each
 * class gets a slab of its own, from which its blocks are cut at once. Where orphans wait, or the
 * pool is empty, blocks come the way of every refill.
 */
import { acquire, publish } from '../base/atomics.js';
import { slabOf } from '../base/bits.js';
import { layStack, topOf } from '../base/cache-stack.js';
import type { Core } from '../base/core.js';
import {
  ARGUMENT_SHIFT,
  CARVED_SHIFT,
  FREE_MARK,
  SLAB_CELLS,
  SLAB_OWNED,
  SLAB_SHIFT,
} from '../base/layout.js';
import {
  D_CARVED,
  D_CLASS,
  D_LISTED,
  D_OWNER,
  D_VIRGIN,
  DESCRIPTOR_CELLS,
  H_ORPHAN_CLASSES,
  R_SLOW,
  S_IN,
  S_PARTIAL,
  SLOW_CELLS,
} from '../base/offsets.js';
import { slowOf } from '../base/class-cells.js';
import {
  CLASS_BYTES,
  CLASS_CACHE,
  CLASS_CAPACITY,
  CLASS_ENTRIES,
  FIRST_CLASS,
  TINY_LAST,
} from '../base/sizeclass.js';
import { SLABS_ACQUIRED } from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { takeFromSlabs } from '../cache/flow.js';
import { FIRST_DEPTH } from '../cache/limits.js';
import { anyOrphans } from '../cache/orphans.js';
import { availableSuperSlab, claimSingles, takeVirgins } from '../superslab/singles.js';
import { assertSlab, descriptorOf } from '../superslab/slab.js';

/** Fills the empty caches with `blocks` blocks of each Tiny class, as far as the heap has them. */
export function prewarm(core: Core, blocks: number): void {
  if (blocks <= 0) return;
  let orphans = anyOrphans(core);
  let sizeClass = FIRST_CLASS;
  while (sizeClass <= TINY_LAST) {
    const slabs = (orphans ? firstServed(core, sizeClass) : TINY_LAST + 1) - sizeClass;
    const superSlab = slabs > 0 ? availableSuperSlab(core) : -1;
    const claimed = superSlab < 0 ? 0 : claimSingles(core, superSlab, slabs);
    if (claimed !== 0) {
      sizeClass = openAll(core, superSlab, claimed, sizeClass, blocks);
      continue;
    }
    if (!takeFromSlabs(core, sizeClass, Math.min(blocks, CLASS_ENTRIES[sizeClass]))) return;
    // What that adopted may be of another class.
    orphans = true;
    sizeClass++;
  }
}

/**
 * The first Tiny class, from a given one on, whose blocks are not to come from a fresh slab, since
 * orphans of it may wait, or the search for those of another class has brought a slab of it.
 * @atomics cold CORRECTNESS: orphans are noted by the threads that leave.
 */
function firstServed(core: Core, from: number): number {
  const { cells, header, record } = core;
  let sizeClass = from;
  for (; sizeClass <= TINY_LAST; sizeClass++) {
    if (acquire(cells, header + H_ORPHAN_CLASSES + sizeClass) !== 0) break;
    if (cells[slowOf(record, sizeClass) + S_PARTIAL] !== 0) break;
  }
  return sizeClass;
}

/** Gives the claimed slabs to the classes, from a given one on; the class after the last of them. */
function openAll(
  core: Core,
  superSlab: number,
  claimed: number,
  from: number,
  want: number,
): number {
  const virgins = takeVirgins(core, superSlab, claimed);
  core.cells[core.record + core.geometry.ownedOffset + superSlab] |= claimed;
  let sizeClass = from;
  for (let rest = claimed; rest !== 0; rest &= rest - 1) {
    const slab = slabOf(superSlab, rest & -rest);
    openStocked(core, slab, sizeClass, (virgins >>> (slab & 31)) & 1, want);
    sizeClass++;
  }
  return sizeClass;
}

/**
 * What `openSlab`, `reserveStack` and `carve` do, for a fresh slab, an empty list and an empty
 * cache, in one stretch: V8 sets up, and then compiles, every function that is called once for each
 * class.
 *
 * Death: as in those, the slab is published with nothing carved, and the statements that commit what
 * was carved stand in a straight line behind the loop.
 * @atomics cold CORRECTNESS: the owner is published after the descriptor that remote frees read.
 */
function openStocked(
  core: Core,
  slab: number,
  sizeClass: number,
  virgin: number,
  want: number,
): void {
  const { cells, record, thread } = core;
  const d = descriptorOf(slab);
  const slow = record + R_SLOW + sizeClass * SLOW_CELLS;
  const region = record + CLASS_CACHE[sizeClass];
  const bytes = CLASS_BYTES[sizeClass];
  const capacity = CLASS_CAPACITY[sizeClass];
  const blocks = Math.min(want, capacity, CLASS_ENTRIES[sizeClass]);
  const first = slab << SLAB_SHIFT;
  if (FLAGS.HAKMEM_BUILD_HARDENED && virgin === 0) {
    // Trailers of the run's blocks in an earlier life must not speak for its next ones.
    cells.fill(0, slab * SLAB_CELLS, (slab + 1) * SLAB_CELLS);
  }
  cells.fill(0, d, d + DESCRIPTOR_CELLS);
  cells[d + D_CLASS] = sizeClass;
  cells[d + D_OWNER] = thread + 1;
  cells[d + D_VIRGIN] = virgin;
  publish(cells, core.states + slab, SLAB_OWNED | (thread << ARGUMENT_SHIFT));
  publish(cells, core.geometry.summaries + slab, 0);
  if (blocks > FIRST_DEPTH) layStack(cells, region, slow, blocks);
  let entry = topOf(cells, region);
  // From the last to the first, so that they are handed out in the order of their addresses.
  for (let address = first + (blocks - 1) * bytes; address >= first; address -= bytes) {
    cells[address >>> 2] = address ^ FREE_MARK ^ virgin;
    cells[++entry] = address;
  }
  cells[region] += blocks;
  core.doubles[(slow + S_IN) >>> 1] += blocks;
  cells[d + D_CARVED] = blocks;
  cells[core.pageMap + slab] = CLASS_CACHE[sizeClass] | ((blocks * bytes - 1) << CARVED_SHIFT);
  if (blocks < capacity) {
    cells[d + D_LISTED] = 1;
    cells[slow + S_PARTIAL] = slab;
  }
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ACQUIRED + sizeClass);
}
