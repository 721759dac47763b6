/** A thread puts the slabs that it owns in order: what came back is seen, what is empty goes. */
import { publish } from '../base/atomics.js';
import { outFigure, partialList } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { ARGUMENT_SHIFT, SLAB_CLAIMED, SLAB_SHIFT } from '../base/layout.js';
import { CACHE_TOP, D_CARVED, D_CLASS, D_LISTED, D_OWNER } from '../base/offsets.js';
import { CLASS_CACHE, CLASS_SLABS } from '../base/sizeclass.js';
import { PIPELINE_LOCAL, SLABS_RELEASED } from '../base/telemetry/cells.js';
import { countMany, countOne } from '../base/telemetry/count.js';
import { releaseSingles, slabOf } from '../superslab/singles.js';
import { assertSlab, descriptorOf, drainRemoteFully, isEmpty, unlink } from '../superslab/slab.js';
import { ownedWord, releaseSlab, relink, undoSlab } from './slabs.js';

/**
 * Drains every own slab, trusting no hint, and releases the empty ones, those of one SuperSlab
 * together.
 */
export function tidyOwned(core: Core): void {
  const first = core.record + core.geometry.ownedOffset;
  for (let superSlab = 0; superSlab * 32 < core.slabs; superSlab++) {
    let singles = 0;
    for (let rest = core.cells[first + superSlab]; rest !== 0; rest &= rest - 1) {
      if (tidySlab(core, slabOf(superSlab, rest & -rest))) singles |= rest & -rest;
    }
    if (singles !== 0) releaseSingles(core, superSlab, singles);
  }
}

/**
 * Makes a single slab of this thread a claimed run, as `undoSlab` does, when all blocks that were cut from
 * it are the cache of their class; false, and nothing is done, when some are elsewhere. The blocks go with
 * it: they need not stand in the bitmap first.
 *
 * Death: the blocks leave the cache in the statements that make them uncut again.
 * @atomics cold CORRECTNESS: takes the slab from adopters before its descriptor is undone.
 */
export function undoWhole(core: Core, sizeClass: number, slab: number): boolean {
  const { cells, doubles, pageMap, record, thread } = core;
  const region = record + CLASS_CACHE[sizeClass];
  const out = outFigure(record, sizeClass);
  const d = descriptorOf(slab);
  const carved = cells[d + D_CARVED];
  const top = region + (cells[region] | CACHE_TOP);
  if (cells[d + D_OWNER] !== thread + 1 || carved < 1 || cells[top - carved] !== 0) return false;
  for (let entry = top - 1; entry > top - carved; entry--) {
    if (cells[entry] >>> SLAB_SHIFT !== slab) return false;
  }
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  // First, so that whoever frees one of the blocks a second time at this moment is refused.
  cells[pageMap + slab] = 0;
  cells[region] -= carved;
  doubles[out] += carved;
  if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countMany(core, PIPELINE_LOCAL, carved);
  cells[d + D_CARVED] = 0;
  if (cells[d + D_LISTED] === 1) unlink(cells, partialList(record, sizeClass), slab);
  cells[d + D_OWNER] = 0;
  cells[ownedWord(core, slab)] &= ~(1 << (slab & 31));
  publish(cells, core.states + slab, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));
  if (FLAGS.HAKMEM_SHARED_POOL_DIAG_COMPILED) countOne(core, SLABS_RELEASED + sizeClass);
  return true;
}

/** True when the slab was a single one and was undone: it is still to be released. */
function tidySlab(core: Core, slab: number): boolean {
  const d = descriptorOf(slab);
  const sizeClass = core.cells[d + D_CLASS];
  if (drainRemoteFully(core, slab) !== 0) relink(core, slab, sizeClass);
  if (!isEmpty(core.cells, d)) return false;
  if (CLASS_SLABS[sizeClass] > 1) {
    releaseSlab(core, slab, sizeClass);
    return false;
  }
  undoSlab(core, slab, sizeClass);
  return true;
}
