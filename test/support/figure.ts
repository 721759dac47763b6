/** The figure of memory in use, taken anew from the slabs' states. */
import type { Core } from '../../src/base/core.js';
import { ARGUMENT_SHIFT, KIND, SLAB_CACHED, SLAB_FREE, SLAB_KIB } from '../../src/base/layout.js';
import { DESCRIPTORS_KIB, H_CAPACITY, H_IN_USE } from '../../src/base/offsets.js';

/** What is wrong with the figure, which is exact while no call is under way and nobody has died. */
export function figureProblem(core: Core): string | undefined {
  const says = core.cells[core.header + H_IN_USE]!;
  const kib = kibInUse(core);
  return says === kib ? undefined : `the figure of memory in use is ${says} KiB instead of ${kib}`;
}

function kibInUse({ cells, header, states, geometry }: Core): number {
  const { baseSlab, firstSlab } = geometry;
  const end = cells[header + H_CAPACITY]!;
  let kib = 0;
  /** The last SuperSlab whose slab 0 was counted: of the heap's first one it is metadata. */
  let counted = baseSlab >>> 5;
  for (let slab = firstSlab; slab < end; slab++) {
    const state = cells[states + slab]!;
    if ((state & KIND) === SLAB_CACHED) kib -= (state >>> ARGUMENT_SHIFT) * SLAB_KIB;
    if (state === SLAB_FREE) continue;
    kib += SLAB_KIB;
    if (counted < slab >>> 5 && (slab & 31) !== 0) kib += DESCRIPTORS_KIB;
    counted = slab >>> 5;
  }
  // One that the heap's end cuts counts as if it were in use.
  return (end & 31) !== 0 && counted < end >>> 5 ? kib + DESCRIPTORS_KIB : kib;
}
