/** A thread puts the slabs that it owns in order: what came back is seen, what is empty goes. */
import { slabOf } from '../base/bits.js';
import { topOf } from '../base/cache-stack.js';
import { outFigure } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { SLAB_SHIFT } from '../base/layout.js';
import { D_CARVED, D_CLASS, D_OWNER } from '../base/offsets.js';
import { CLASS_CACHE, CLASS_SLABS } from '../base/sizeclass.js';
import { PIPELINE_LOCAL } from '../base/telemetry/cells.js';
import { countMany } from '../base/telemetry/count.js';
import { releaseSingles } from '../superslab/singles.js';
import { assertSlab, descriptorOf, drainRemoteFully, isEmpty } from '../superslab/slab.js';
import { releaseSlab, relink, undoSlab } from './slabs.js';

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
 * Undoes a single slab of this thread (`undoSlab`) when all blocks that were cut from it make
 * up the cache of their class; false, and nothing is done, when some are elsewhere. The blocks go
 * with it: they need not stand in the bitmap first.
 *
 * Death: the blocks leave the cache in the statements that make them uncut again, and the slab is
 * an empty one of this thread from there on.
 */
export function undoWhole(core: Core, sizeClass: number, slab: number): boolean {
  const { cells, doubles, pageMap, record, thread } = core;
  const region = record + CLASS_CACHE[sizeClass];
  const out = outFigure(record, sizeClass);
  const d = descriptorOf(slab);
  const carved = cells[d + D_CARVED];
  const top = topOf(cells, region);
  if (cells[d + D_OWNER] !== thread + 1 || carved < 1 || cells[top - carved] !== 0) return false;
  for (let entry = top - 1; entry > top - carved; entry--) {
    if (cells[entry] >>> SLAB_SHIFT !== slab) return false;
  }
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertSlab(core, slab);
  // First the page map, so that whoever frees one of the blocks a second time at this moment is
  // refused.
  cells[pageMap + slab] = 0;
  cells[region] -= carved;
  doubles[out] += carved;
  if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countMany(core, PIPELINE_LOCAL, carved);
  cells[d + D_CARVED] = 0;
  undoSlab(core, slab, sizeClass);
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
