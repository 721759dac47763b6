/**
 * Shared pool: the slabs that nobody owns, and the runs cut from them.
 *
 * Contract: any thread may claim and release at any time. A claimed run is the claimer's alone until
 * it publishes another state; only the thread that holds a run (owner, or the one that won a Large
 * block's state) releases it.
 *
 * The truth is one state word for each slab: FREE -> CLAIMED(me) is a compare-and-exchange that
 * names the new owner, so a run of n slabs is n claims in ascending order, undone when one fails.
 * Free masks (a word for each SuperSlab) and the `available` bitmap above them (a bit for each
 * SuperSlab) are hints that say where to look. A slab's bit is set by whoever released it and
 * cleared by whoever claimed it. A bit that is missing was left out by a thread that died between
 * the two; `findLost` mends that before the heap is called exhausted.
 *
 * Invariant, once nothing is in flight: mask bit of s = (state of s is FREE and s < capacity and
 * s is not slab 0 of its SuperSlab), available bit = (mask is not 0).
 *
 * Figure, once nothing is in flight and if nobody has died, of the slabs between tables and capacity:
 *   H_IN_USE = SLAB_KIB * (slabs without their mask bit, but slabs 0)
 *     + DESCRIPTORS_KIB * (SuperSlabs that begin there and whose mask is not ALL_SLABS_FREE)
 *     + SPARE_KIB * (slabs 0 in runs) - SLAB_KIB * (slabs that the BigCache keeps)
 * Whoever changes a bit, or claims or releases a slab 0, adds what changed by that: who sets a hint late
 * and clears it again has added nothing. That of a SuperSlab which the heap's end cuts always counts.
 *
 * ABA: a claim compares a state word that is FREE with FREE; whatever happened in between, the slab
 * is free now and becomes the claimer's. Slab 0 of a SuperSlab holds descriptors, so its word is
 * claimed only on the way to a run that covers the whole SuperSlab: where one of the others is not to
 * be had the claim is undone, and nothing was written to the slab.
 *
 * Alignment: a run starts at any slab, unless it is asked for `aligned`: then its address is a
 * multiple of `MAX_ALIGNMENT`. That is for the few runs which `memalign` needs so; to the others
 * every gap is open.
 *
 * Death: claimed slabs name the dead thread; `reclaim` frees them together with the INNER slabs
 * that point at them.
 */
import { acquire, addTo, claim, clearBits, publish, raiseTo, setBits } from '../base/atomics.js';
import { population, slabOf } from '../base/bits.js';
import { type Core, refreshViews } from '../base/core.js';
import { DESCRIPTORS_KIB, H_AVAILABLE, H_CAPACITY, H_IN_USE, H_PEAK } from '../base/offsets.js';
import { invariant } from '../base/invariant.js';
import {
  ALIGNED_SLABS,
  ALL_SLABS_FREE,
  ARGUMENT_SHIFT,
  KIND,
  SLAB_CELLS,
  SLAB_CLAIMED,
  SLAB_FREE,
  SLAB_IN_SUPERSLAB,
  SLAB_INNER,
  SLAB_KIB,
  SLABS_PER_ALIGNMENT,
} from '../base/layout.js';
import { SUPERSLABS_ACQUIRED, SUPERSLABS_RELEASED } from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';

/** What a run that covers slab 0 of a SuperSlab uses of it, beyond the pages of the descriptors. */
const SPARE_KIB = SLAB_KIB - DESCRIPTORS_KIB;

/**
 * Claims a run of `count` slabs, of which `runLength` has made a length that is possible, anywhere
 * below the capacity; its first slab, or 0.
 */
export function claimRun(core: Core, count: number, aligned: boolean): number {
  return count <= SLAB_IN_SUPERSLAB ? claimWithin(core, count, aligned) : claimAcross(core, count);
}

/**
 * Slabs that a run of at least `count` slabs really takes: as many, unless it goes over SuperSlabs; see
 * `claimAcross`. So does an aligned one that would begin where the descriptors are.
 */
export function runLength(count: number, aligned: boolean): number {
  const step = aligned ? SLABS_PER_ALIGNMENT : 1;
  if (count <= SLAB_IN_SUPERSLAB + 1 - step) return count;
  const slabs = Math.ceil(count / step) * step;
  return (slabs & 31) === 0 ? slabs + step : slabs;
}

/**
 * First fit, lowest address first, which keeps the high SuperSlabs whole for large runs.
 * @atomics cold CORRECTNESS: hints that others publish say where free slabs may be.
 */
function claimWithin(core: Core, count: number, aligned: boolean): number {
  const { cells, header } = core;
  const words = (acquire(cells, header + H_CAPACITY) + 1023) >>> 10;
  for (let word = 0; word < words; word++) {
    let candidates = acquire(cells, header + H_AVAILABLE + word);
    while (candidates !== 0) {
      const low = candidates & -candidates;
      candidates ^= low;
      const superSlab = slabOf(word, low);
      const slab = claimInSuperSlab(core, superSlab, count, aligned);
      if (slab !== 0) return slab;
    }
  }
  return 0;
}

/** @atomics cold CORRECTNESS: the hint chooses the slabs to claim. */
function claimInSuperSlab(core: Core, superSlab: number, count: number, aligned: boolean): number {
  const { cells } = core;
  // Slabs whose claim failed here: another thread has them and will clear their bits.
  let avoid = 0;
  for (;;) {
    let starts = acquire(cells, core.freeMasks + superSlab) & ~avoid;
    for (let i = 1; i < count && starts !== 0; i++) starts &= starts >>> 1;
    if (aligned) starts &= ALIGNED_SLABS;
    if (starts === 0) return 0;
    const first = slabOf(superSlab, starts & -starts);
    const taken = claimSlabs(core, first, count);
    if (taken === 0) return first;
    avoid |= 1 << (taken & 31);
  }
}

/**
 * A run of more than 31 slabs: the last slabs of one SuperSlab and all of those that follow, slab 0
 * included, whose descriptors are out of force then. So its length is never a multiple of 32; where it
 * is a multiple of `SLABS_PER_ALIGNMENT`, the start is aligned.
 * @atomics cold CORRECTNESS: hints choose the SuperSlabs to claim.
 */
function claimAcross(core: Core, count: number): number {
  const { cells, header } = core;
  const tail = count & 31;
  const whole = (count - tail) / 32;
  const tailMask = ~0 << (32 - tail);
  const end = acquire(cells, header + H_CAPACITY) >>> 5;
  let run = 0;
  // Scans for `whole` free SuperSlabs in a row with a free tail before them.
  for (let superSlab = end - 1; superSlab >= 0; superSlab--) {
    const mask = acquire(cells, core.freeMasks + superSlab);
    if (run >= whole && (mask & tailMask) === tailMask) {
      const first = superSlab * 32 + 32 - tail;
      if (claimSlabs(core, first, count) === 0) return first;
    }
    run = mask === ALL_SLABS_FREE ? run + 1 : 0;
  }
  return 0;
}

/**
 * Claims exactly the slabs [first, first + count) and returns 0, or none and the one in the way.
 * @atomics cold CORRECTNESS: a slab changes hands by its state; on failure those taken go back.
 */
export function claimSlabs(core: Core, first: number, count: number): number {
  const { cells, states, thread } = core;
  const mine = SLAB_CLAIMED | (thread << ARGUMENT_SHIFT);
  for (let slab = first; slab < first + count; slab++) {
    if (claim(cells, states + slab, SLAB_FREE, mine)) continue;
    for (let undo = slab - 1; undo >= first; undo--) unclaim(core, undo);
    return slab;
  }
  unmarkRun(core, first, count);
  if (first + count > core.slabs) refreshViews(core);
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      first >= core.geometry.firstSlab &&
        first + count <= Math.min(core.slabs, acquire(core.cells, core.header + H_CAPACITY)),
      () => `slabs ${first} to ${first + count - 1} were claimed, beyond what the heap has`,
    );
  }
  return 0;
}

/**
 * Makes slabs that this thread has claimed one run: all but the head become INNER.
 * @atomics cold CORRECTNESS: whoever meets an inner slab finds its head.
 */
export function bindRun(core: Core, first: number, from: number, to: number): void {
  for (let slab = from; slab < to; slab++) {
    publish(core.cells, core.states + slab, SLAB_INNER | ((slab - first) << ARGUMENT_SHIFT));
  }
}

/**
 * Gives slabs [first, first + count) back, the last one first, so that a head that still stands
 * (claimed by this thread) names what is left of its run. The caller has cleared the page map.
 * @atomics cold CORRECTNESS: the state gives the slab to any thread.
 */
export function releaseSlabs(core: Core, first: number, count: number): void {
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    const state = acquire(core.cells, core.states + first);
    invariant(
      (state & KIND) === SLAB_CLAIMED && core.cells[core.pageMap + first] === 0,
      () => `slab ${first} is released in state ${state}, or with blocks in the page map`,
    );
  }
  for (let slab = first + count - 1; slab >= first; slab--) {
    publish(core.cells, core.states + slab, SLAB_FREE);
  }
  account(core, -hint(core, first, count) - spareKib(first, count));
}

/**
 * Gives a slab back that was claimed in vain; its bit may have been cleared while it was claimed.
 * @atomics cold CORRECTNESS: the state is free before its bit is looked at.
 */
function unclaim(core: Core, slab: number): void {
  publish(core.cells, core.states + slab, SLAB_FREE);
  if ((slab & 31) !== 0 && !isMarked(core, slab)) account(core, settleMask(core, slab));
}

/** @atomics cold CORRECTNESS: whoever clears a bit late looks at the state after it. */
function isMarked(core: Core, slab: number): boolean {
  const mask = acquire(core.cells, core.freeMasks + (slab >>> 5));
  return (mask & (1 << (slab & 31))) !== 0;
}

/**
 * Whether slabs [first, first + count) were never in use, so that their memory is zero; they count
 * as used from now on. `zero` makes it so for those that were used. The claimer calls it.
 * @atomics cold CORRECTNESS: the bits answer once whether memory was ever in use; calloc skips
 *   zeroing by them.
 */
export function takeVirginity(core: Core, first: number, count: number, zero: boolean): boolean {
  const { cells } = core;
  let virgin = true;
  // The first slab in use brings descriptors into slab 0, which a later run may cover.
  if (count <= SLAB_IN_SUPERSLAB) setBits(cells, core.touched + (first >>> 5), 1);
  eachMask(first, count, (superSlab, free) => {
    // A run over SuperSlabs covers their slab 0 too.
    const mask = first <= superSlab * 32 ? free | 1 : free;
    const touched = setBits(cells, core.touched + superSlab, mask) & mask;
    if (touched === 0) return;
    virgin = false;
    if (zero) zeroSlabs(core, superSlab, touched);
  });
  return virgin;
}

/** Zeroes the slabs of a SuperSlab that a mask names. */
function zeroSlabs(core: Core, superSlab: number, mask: number): void {
  for (let rest = mask; rest !== 0; rest &= rest - 1) {
    const slab = slabOf(superSlab, rest & -rest);
    core.cells.fill(0, slab * SLAB_CELLS, (slab + 1) * SLAB_CELLS);
  }
}

/** Visits [first, first + count) a SuperSlab at a time with the mask of the slabs in it. */
function eachMask(
  first: number,
  count: number,
  visit: (superSlab: number, mask: number) => void,
): void {
  const end = first + count;
  for (let slab = first; slab < end;) {
    const superSlab = slab >>> 5;
    const upTo = Math.min(end, (superSlab + 1) * 32);
    const length = upTo - slab;
    const mask = length === 32 ? -1 : ((1 << length) - 1) << (slab & 31);
    visit(superSlab, mask & ALL_SLABS_FREE);
    slab = upTo;
  }
}

/** Sets the hints of slabs [first, end), which the heap was made with or has grown by. */
export function hintAdded(core: Core, first: number, end: number): void {
  // Without their bits they count as in use; those that somebody has claimed already remain so.
  const added = (end - first) * SLAB_KIB - spareKib(first, end - first);
  account(core, added - hint(core, first, end - first));
}

/**
 * Sets the hints of slabs that became FREE; returns the KiB that went out of use with it.
 * @atomics cold CORRECTNESS: a slab whose state says otherwise by then has its bit settled.
 */
function hint(core: Core, first: number, count: number): number {
  let freed = 0;
  eachMask(first, count, (superSlab, mask) => {
    // A heap may end behind slab 0 of a SuperSlab.
    if (mask !== 0) freed += mark(core, superSlab, mask);
  });
  // A slab may have been claimed between its release and the bits above, which then came too late.
  for (let slab = first; slab < first + count; slab++) {
    if ((slab & 31) !== 0 && acquire(core.cells, core.states + slab) !== SLAB_FREE) {
      freed -= settleMask(core, slab);
    }
  }
  return freed;
}

/**
 * Sets the hints of slabs in one SuperSlab; returns the KiB that went out of use with it, with the
 * descriptors' when all slabs did.
 * @atomics cold CORRECTNESS: threads set bits of one word at once; claims search by them.
 */
export function mark(core: Core, superSlab: number, mask: number): number {
  const { cells, header } = core;
  const was = setBits(cells, core.freeMasks + superSlab, mask);
  setBits(cells, header + H_AVAILABLE + (superSlab >>> 5), 1 << (superSlab & 31));
  const freed = population(mask & ~was) * SLAB_KIB;
  if (was === ALL_SLABS_FREE || (was | mask) !== ALL_SLABS_FREE) return freed;
  if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) countOne(core, SUPERSLABS_RELEASED);
  return freed + DESCRIPTORS_KIB;
}

/** KiB by which slabs 0 of SuperSlabs among slabs [first, first + count) are more than descriptors. */
function spareKib(first: number, count: number): number {
  return (((first + count + 31) >>> 5) - ((first + 31) >>> 5)) * SPARE_KIB;
}

/**
 * Makes a slab's bit agree with its state, which a late hint may have missed; returns KiB.
 * @atomics cold CORRECTNESS: the state is read again after the bit is written, so the later of
 *   two changes wins.
 */
export function settleMask(core: Core, slab: number): number {
  const { cells, states } = core;
  const superSlab = slab >>> 5;
  const bit = 1 << (slab & 31);
  let used = 0;
  for (;;) {
    const free = acquire(cells, states + slab) === SLAB_FREE;
    if (free) used -= mark(core, superSlab, bit);
    else used += unmark(core, superSlab, bit);
    if ((acquire(cells, states + slab) === SLAB_FREE) === free) return used;
  }
}

/** Clears the hints of slabs that this thread has claimed. */
function unmarkRun(core: Core, first: number, count: number): void {
  let used = spareKib(first, count);
  eachMask(first, count, (superSlab, mask) => {
    used += unmark(core, superSlab, mask);
  });
  account(core, used);
}

/**
 * Clears the hints of slabs in one SuperSlab; returns the KiB that came into use with it, with the
 * descriptors' when those were the first.
 * @atomics cold CORRECTNESS: threads clear bits of one word at once, and put a hint back that
 *   came meanwhile.
 */
export function unmark(core: Core, superSlab: number, mask: number): number {
  const { cells } = core;
  const was = clearBits(cells, core.freeMasks + superSlab, mask);
  let used = population(mask & was) * SLAB_KIB;
  if (was === ALL_SLABS_FREE) {
    used += DESCRIPTORS_KIB;
    if (FLAGS.HAKMEM_SUPERSLAB_OS_STATS_COMPILED) countOne(core, SUPERSLABS_ACQUIRED);
  }
  if ((was & ~mask) !== 0) return used;
  settleAvailable(core, superSlab);
  return used;
}

/**
 * Makes a SuperSlab's bit say whether its mask is 0. The mask is looked at again after each write,
 * since slabs come and go meanwhile; whoever writes last finds that out.
 * @atomics cold CORRECTNESS: a bit written late would hide free slabs, or promise some.
 */
function settleAvailable(core: Core, superSlab: number): void {
  const { cells, header } = core;
  const mask = core.freeMasks + superSlab;
  const available = header + H_AVAILABLE + (superSlab >>> 5);
  const bit = 1 << (superSlab & 31);
  for (;;) {
    clearBits(cells, available, bit);
    if (acquire(cells, mask) === 0) return;
    setBits(cells, available, bit);
    if (acquire(cells, mask) !== 0) return;
  }
}

/**
 * Makes every slab's hints agree with its state again: what a thread that died may have left out.
 * @atomics cold CORRECTNESS: a free slab without its hint would never be claimed.
 */
export function findLost(core: Core): void {
  const { cells, header, states } = core;
  const end = Math.min(acquire(cells, header + H_CAPACITY), core.slabs);
  for (let slab = core.geometry.firstSlab; slab < end; slab++) {
    if ((slab & 31) === 0) continue;
    const free = acquire(cells, states + slab) === SLAB_FREE;
    const mask = acquire(cells, core.freeMasks + (slab >>> 5));
    const available = acquire(cells, header + H_AVAILABLE + (slab >>> 10));
    const marked = (mask & (1 << (slab & 31))) !== 0;
    const listed = (available & (1 << ((slab >>> 5) & 31))) !== 0;
    if (marked !== free || listed !== (mask !== 0)) {
      account(core, settleMask(core, slab));
    }
  }
}

/**
 * Adds to the figure of memory in use, in KiB, and keeps its peak. What a death leaves out stays out:
 * `tidiedBefore` goes by the figure, and nothing that has to be right.
 * @atomics cold CORRECTNESS: the peak is raised by the sum after this change; `stats` reports
 *   both in every build.
 */
export function account(core: Core, kib: number): void {
  const inUse = addTo(core.cells, core.header + H_IN_USE, kib);
  if (kib > 0) raiseTo(core.cells, core.header + H_PEAK, inUse);
}
