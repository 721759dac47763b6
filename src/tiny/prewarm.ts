/**
 * Prewarm: blocks of every Tiny class in a thread's cache before its first malloc.
 *
 * A thread runs it once, in V8's interpreter, so what counts is how few functions it enters: each
 * class gets a slab of its own, from which its blocks are cut at once. Where orphans wait, or the
 * pool is empty, blocks come the way of every refill.
 */
import { acquire, publish } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { ARGUMENT_SHIFT, FREE_MARK, SLAB_CELLS, SLAB_OWNED, SLAB_SHIFT } from '../base/layout.js';
import {
  CACHE_FULL,
  CACHE_TOP,
  D_CARVED,
  D_CLASS,
  D_LISTED,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  D_VIRGIN,
  H_ORPHAN_CLASSES,
  S_IN,
  S_LIMIT,
  S_PARTIAL,
} from '../base/offsets.js';
import { slowOf } from '../base/class-cells.js';
import {
  CLASS_BYTES,
  CLASS_CACHE,
  CLASS_CAPACITY,
  CLASS_ENTRIES,
  TINY_LAST,
} from '../base/sizeclass.js';
import { SLABS_ACQUIRED } from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { takeFromSlabs } from '../cache/flow.js';
import {
  availableSuperSlab,
  claimSingles,
  releaseSingles,
  slabOf,
  takeVirgins,
} from '../superslab/singles.js';
import { assertSlab, descriptorOf, headPage } from '../superslab/slab.js';

/**
 * Fills the empty caches with `blocks` blocks of each Tiny class, as far as the heap has them.
 * @atomics cold CORRECTNESS: orphans are noted by the threads that leave.
 */
export function prewarm(core: Core, blocks: number): void {
  if (blocks <= 0) return;
  let superSlab = 0;
  let claimed = 0;
  let virgins = 0;
  for (let sizeClass = 1; sizeClass <= TINY_LAST; sizeClass++) {
    const want = Math.min(blocks, CLASS_ENTRIES[sizeClass]);
    const orphans = acquire(core.cells, core.header + H_ORPHAN_CLASSES + sizeClass);
    // The search for orphans of another class may have brought a slab of this one.
    const own = core.cells[slowOf(core.record, sizeClass) + S_PARTIAL];
    if (orphans !== 0 || own !== 0) {
      if (takeFromSlabs(core, sizeClass, want)) continue;
      break;
    }
    if (claimed === 0) {
      superSlab = availableSuperSlab(core);
      if (superSlab >= 0) claimed = claimSingles(core, superSlab, TINY_LAST - sizeClass + 1);
      if (claimed !== 0) virgins = takeVirgins(core, superSlab, claimed);
      else if (takeFromSlabs(core, sizeClass, want)) continue;
      else break;
    }
    const bit = claimed & -claimed;
    const slab = slabOf(superSlab, bit);
    claimed ^= bit;
    openStocked(core, slab, sizeClass, virgins & bit, want);
  }
  if (claimed !== 0) releaseSingles(core, superSlab, claimed);
}

/**
 * What `openSlab`, `reserveStack` and `carve` do, for a fresh slab, an empty list and an empty cache, in
 * one stretch: V8 sets up, and then compiles, every function that is called once for each class.
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
  const { cells, doubles, pageMap, record, thread } = core;
  const bytes = CLASS_BYTES[sizeClass];
  const blocks = Math.min(want, CLASS_CAPACITY[sizeClass]);
  const d = descriptorOf(slab);
  if (FLAGS.HAKMEM_BUILD_HARDENED && virgin === 0) {
    // Trailers of the run's blocks in an earlier life must not speak for its next ones.
    cells.fill(0, slab * SLAB_CELLS, (slab + 1) * SLAB_CELLS);
  }
  const words = (CLASS_CAPACITY[sizeClass] + 31) >>> 5;
  cells[record + core.geometry.ownedOffset + (slab >>> 5)] |= 1 << (slab & 31);
  cells.fill(0, d, d + D_LOCAL + words);
  cells.fill(0, d + D_REMOTE, d + D_REMOTE + words);
  cells[d + D_CLASS] = sizeClass;
  cells[d + D_OWNER] = thread + 1;
  if (virgin !== 0) cells[d + D_VIRGIN] = 1;
  publish(cells, core.states + slab, SLAB_OWNED | (thread << ARGUMENT_SHIFT));
  publish(cells, core.geometry.summaries + slab, 0);
  const region = record + CLASS_CACHE[sizeClass];
  const slow = slowOf(core.record, sizeClass);
  const mark = FREE_MARK ^ (virgin !== 0 ? 1 : 0);
  const floor = Math.min(cells[region] & CACHE_FULL, CACHE_FULL - blocks);
  const first = slab << SLAB_SHIFT;
  // From the last to the first, so that they are handed out in the order of their addresses.
  let entry = region + CACHE_TOP + floor;
  cells[entry] = 0;
  cells[region] = (cells[region] & ~CACHE_FULL) | floor;
  cells[slow + S_LIMIT] = CACHE_FULL - floor;
  for (let address = first + (blocks - 1) * bytes; address >= first; address -= bytes) {
    cells[address >>> 2] = address ^ mark;
    cells[++entry] = address;
  }
  cells[region] += blocks;
  doubles[(slow + S_IN) >>> 1] += blocks;
  cells[d + D_CARVED] = blocks;
  cells[pageMap + slab] = headPage(sizeClass, blocks);
  if (blocks < CLASS_CAPACITY[sizeClass]) {
    cells[d + D_LISTED] = 1;
    cells[slow + S_PARTIAL] = slab;
  }
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_ACQUIRED + sizeClass);
}
