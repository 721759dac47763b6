/** A thread puts the slabs that it owns in order: what came back is seen, what is empty goes. */
import type { Core } from '../base/core.js';
import { D_CLASS } from '../base/offsets.js';
import { CLASS_SLABS } from '../base/sizeclass.js';
import { releaseSingles, slabOf } from '../superslab/singles.js';
import { descriptorOf, drainRemoteFully, isEmpty } from '../superslab/slab.js';
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
