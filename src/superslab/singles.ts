/**
 * Singles: several slabs of one SuperSlab claimed or given back at once, each a run of its own. A
 * thread that attaches, tidies up or leaves has one for each Tiny class, and shares the bits, the
 * accounts and the calls among them.
 *
 * Contract, invariant and ABA are those of pool.ts, whose words these are.
 *
 * Death: each slab's state changes hands by itself, so that `reclaim` finds whichever were claimed.
 */
import { acquire, claim, publish, setBits } from '../base/atomics.js';
import { slabOf } from '../base/bits.js';
import { type Core, refreshViews } from '../base/core.js';
import { ARGUMENT_SHIFT, SLAB_CLAIMED, SLAB_FREE } from '../base/layout.js';
import { H_AVAILABLE, H_CAPACITY } from '../base/offsets.js';
import { account, mark, settleMask, unmark } from './pool.js';

/**
 * The lowest SuperSlab that has a free slab, by the hints; -1 when none has.
 * @atomics cold CORRECTNESS: hints that others publish say where free slabs may be.
 */
export function availableSuperSlab(core: Core): number {
  const { cells, header } = core;
  const words = (acquire(cells, header + H_CAPACITY) + 1023) >>> 10;
  for (let word = 0; word < words; word++) {
    const available = acquire(cells, header + H_AVAILABLE + word);
    if (available !== 0) return slabOf(word, available & -available);
  }
  return -1;
}

/**
 * Claims up to `want` slabs of a SuperSlab, from the lowest; returns their mask.
 * @atomics cold CORRECTNESS: a slab changes hands by its state; the hint says which to try.
 */
export function claimSingles(core: Core, superSlab: number, want: number): number {
  const { cells, states, thread } = core;
  const mine = SLAB_CLAIMED | (thread << ARGUMENT_SHIFT);
  let free = acquire(cells, core.freeMasks + superSlab);
  let claimed = 0;
  for (let left = want; free !== 0 && left > 0; free &= free - 1) {
    const low = free & -free;
    if (!claim(cells, states + slabOf(superSlab, low), SLAB_FREE, mine)) continue;
    claimed |= low;
    left--;
  }
  if (claimed === 0) return 0;
  account(core, unmark(core, superSlab, claimed));
  if (slabOf(superSlab, claimed) >= core.slabs) refreshViews(core);
  return claimed;
}

/**
 * Of slabs that this thread has claimed, the mask of those that were never in use; they count as
 * used from now on.
 * @atomics cold CORRECTNESS: the bits answer once whether memory was ever in use.
 */
export function takeVirgins(core: Core, superSlab: number, claimed: number): number {
  // The first slab in use brings descriptors into slab 0, which a later run may cover.
  return claimed & ~setBits(core.cells, core.touched + superSlab, claimed | 1);
}

/**
 * Gives claimed slabs of a SuperSlab back. The caller has cleared the page map.
 * @atomics cold CORRECTNESS: the state gives a slab to any thread, and is looked at after its hint.
 */
export function releaseSingles(core: Core, superSlab: number, claimed: number): void {
  const { cells, states } = core;
  for (let rest = claimed; rest !== 0; rest &= rest - 1) {
    publish(cells, states + slabOf(superSlab, rest & -rest), SLAB_FREE);
  }
  let freed = mark(core, superSlab, claimed);
  // A slab may have been claimed between its release and its bit, which then came too late.
  for (let rest = claimed; rest !== 0; rest &= rest - 1) {
    const slab = slabOf(superSlab, rest & -rest);
    if (acquire(cells, states + slab) !== SLAB_FREE) freed -= settleMask(core, slab);
  }
  account(core, -freed);
}
