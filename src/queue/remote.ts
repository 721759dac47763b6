/**
 * Remote target queue: for each thread, the slabs that received remote frees since it last looked.
 *
 * Contract: any thread may add a slab, for the thread that owns it; only that thread takes, and it
 * takes everything at once.
 *
 * It is a set of bits, not a list: a word of slabs for each SuperSlab, a bit for each such word, and
 * one flag above. Adding sets bits from the bottom up, taking empties from the top down, so a slab
 * added during a take is either taken or leaves the flag set. Setting a bit twice does no harm, so
 * a thread may die between any two steps: what is missing is then only the news, not the blocks,
 * which stand in the slab's remote bitmap; whoever adopts, flushes or reclaims looks there.
 *
 * Ownership may change while news is under way. Whoever frees sets the remote bits before it reads
 * the owner; whoever becomes owner writes the state before it drains. So either the new owner's
 * drain sees the bits, or the news goes to the new owner; news for a slab that is no longer the
 * taker's is dropped.
 */
import { acquire, publish, setBits, takeAll } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import { R_REMOTE_ANY, R_REMOTE_SLABS, R_REMOTE_SUPERSLABS } from '../base/offsets.js';
import { ARGUMENT_SHIFT, KIND, SLAB_OWNED } from '../base/layout.js';
import { REMOTE_PUSHES } from '../base/telemetry/cells.js';
import { countOne } from '../base/telemetry/count.js';
import { drainBegins, drainEnds, drainMeets } from '../base/telemetry/note.js';

/**
 * Tells the owner of a slab that remote bits wait there; returns the state that named the owner.
 * @atomics warm CORRECTNESS: threads set bits of one word at once; the flag is published last.
 */
export function addTarget(core: Core, slab: number): number {
  const { cells, geometry } = core;
  const state = acquire(cells, core.states + slab);
  if ((state & KIND) === SLAB_OWNED) {
    if (!FLAGS.HAKMEM_BUILD_RELEASE) {
      invariant(
        state >>> ARGUMENT_SHIFT < geometry.maxThreads,
        () => `slab ${slab} is owned by thread ${state >>> ARGUMENT_SHIFT}, which cannot be`,
      );
    }
    const owner = geometry.records + (state >>> ARGUMENT_SHIFT) * geometry.recordCells;
    const superSlab = slab >>> 5;
    setBits(cells, owner + R_REMOTE_SLABS + superSlab, 1 << (slab & 31));
    setBits(cells, owner + R_REMOTE_SUPERSLABS + (superSlab >>> 5), 1 << (superSlab & 31));
    publish(cells, owner + R_REMOTE_ANY, 1);
    if (FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED) countOne(core, REMOTE_PUSHES);
  }
  return state;
}

/**
 * Empties this thread's queue and visits every slab of it that this thread still owns.
 * @atomics warm CORRECTNESS: the flag and each word are emptied before what they name is visited.
 */
export function takeTargets(core: Core, visit: (core: Core, slab: number) => void): void {
  const { cells, record } = core;
  if (acquire(cells, record + R_REMOTE_ANY) === 0) return;
  takeAll(cells, record + R_REMOTE_ANY);
  if (FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED) drainBegins(core);
  const mine = SLAB_OWNED | (core.thread << ARGUMENT_SHIFT);
  for (let word = 0; word * 1024 < core.slabs; word++) {
    if (acquire(cells, record + R_REMOTE_SUPERSLABS + word) === 0) continue;
    let superSlabs = takeAll(cells, record + R_REMOTE_SUPERSLABS + word);
    while (superSlabs !== 0) {
      const bit = 31 - Math.clz32(superSlabs);
      superSlabs ^= 1 << bit;
      const superSlab = word * 32 + bit;
      let slabs = takeAll(cells, record + R_REMOTE_SLABS + superSlab);
      while (slabs !== 0) {
        const index = 31 - Math.clz32(slabs);
        slabs ^= 1 << index;
        const slab = superSlab * 32 + index;
        const own = acquire(cells, core.states + slab) === mine;
        if (FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED) drainMeets(core, own);
        if (own) visit(core, slab);
      }
    }
  }
  if (FLAGS.HAKMEM_REMOTE_TARGET_STATS_COMPILED) drainEnds(core);
}
