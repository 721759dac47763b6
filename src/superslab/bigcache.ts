/**
 * BigCache: freed Large runs, kept whole for the next request of their length.
 *
 * Contract: any thread may put a run that it holds (state CLAIMED by it), take one, or empty the
 * cache. A run that is taken is CLAIMED by the taker.
 *
 * The truth is the state of the run's first slab: CACHED(n) -> CLAIMED(me) is the one change of
 * hands. A slot (`slab | n << RUN_SHIFT`, 0 when empty) only says where to look: it is written
 * after the state, and cleared by compare-and-exchange of the value that was read, so a slot that
 * names a run which is in other hands is skipped. ABA: between a failed claim and clearing the slot,
 * the run may be cached again in that slot. So the thread rechecks the run after clearing, and whoever
 * takes a run without clearing its slot clears all slots that name it.
 *
 * Memory in it counts as free: it is emptied before the heap grows.
 *
 * Death between state and slot leaves a CACHED run without a slot, or a slot whose run was taken;
 * `reclaim` looks for both.
 */
import { acquire, claim, publish } from '../base/atomics.js';
import { type Core, tunable } from '../base/core.js';
import { invariant } from '../base/invariant.js';
import { BIGCACHE_SLOTS, H_BIGCACHE, T_BIGCACHE_SLABS, T_BIGCACHE_SLOTS } from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  RUN_SHIFT,
  RUN_SLAB,
  SLAB_CACHED,
  SLAB_CLAIMED,
  SLAB_KIB,
  SLABS_PER_ALIGNMENT,
} from '../base/layout.js';
import {
  BIG_HITS,
  BIG_KEPT,
  BIG_MISSES,
  BIG_REFUSED,
  BIG_SLABS_KEPT,
} from '../base/telemetry/cells.js';
import { countOne, countMany } from '../base/telemetry/count.js';
import { account, releaseSlabs } from './pool.js';

/** Slots looked at for a run's own length; beyond them any length is searched for. */
const PROBES = 4;

function slotCount(core: Core): number {
  return Math.min(BIGCACHE_SLOTS, tunable(core, T_BIGCACHE_SLOTS));
}

/**
 * Keeps a run that this thread has claimed, or releases it when it is too long or slots are full.
 * @atomics cold CORRECTNESS: the run is cached by its state and noted by a slot, each taken by
 *   one thread.
 */
export function putRun(core: Core, slab: number, count: number): void {
  if (!FLAGS.HAKMEM_BUILD_RELEASE) assertClaimed(core, slab);
  if (FLAGS.NO_BIGCACHE) {
    dropRun(core, slab, count);
    return;
  }
  const slots = slotCount(core);
  if (count > tunable(core, T_BIGCACHE_SLABS) || slots === 0) {
    if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_REFUSED);
    dropRun(core, slab, count);
    return;
  }
  const { cells, header, states } = core;
  publish(cells, states + slab, SLAB_CACHED | (count << ARGUMENT_SHIFT));
  account(core, -count * SLAB_KIB);
  for (let probe = 0; probe < PROBES; probe++) {
    const cell = header + H_BIGCACHE + ((count + probe) % slots);
    const entry = slab | (count << RUN_SHIFT);
    if (acquire(cells, cell) !== 0 || !claim(cells, cell, 0, entry)) continue;
    // Others may have taken the run before it was noted, and even cached it again by this very slot:
    // then it is taken from there and given up.
    if (!isCached(core, entry) && takeSlot(core, cell, entry)) dropRun(core, slab, count);
    if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) {
      countOne(core, BIG_KEPT);
      countMany(core, BIG_SLABS_KEPT, count);
    }
    return;
  }
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_REFUSED);
  if (reown(core, slab, count)) dropRun(core, slab, count);
}

/**
 * A run is put into the cache and taken out by the thread that has claimed it.
 * @atomics cold CORRECTNESS: what a debug build checks of the state before the run changes hands.
 */
function assertClaimed(core: Core, slab: number): void {
  const state = acquire(core.cells, core.states + slab);
  invariant(
    state === (SLAB_CLAIMED | (core.thread << ARGUMENT_SHIFT)),
    () => `thread ${core.thread} handles the run at slab ${slab}, whose state is ${state}`,
  );
}

/**
 * A cached run of `count` slabs or up to an eighth more, as `slab | length << RUN_SHIFT`; 0 for
 * none. Of an aligned one the address is a multiple of `MAX_ALIGNMENT`.
 * @atomics cold CORRECTNESS: the slot names a run whose state is claimed next.
 */
export function takeRun(core: Core, count: number, aligned: boolean): number {
  if (FLAGS.NO_BIGCACHE) return 0;
  const slots = slotCount(core);
  const most = count + (count >>> 3);
  const { cells, header } = core;
  for (let probe = 0; probe < slots; probe++) {
    const cell = header + H_BIGCACHE + ((count + probe) % slots);
    const entry = acquire(cells, cell);
    const length = entry >>> RUN_SHIFT;
    if (length < count || length > most) continue;
    if (aligned && (entry & RUN_SLAB) % SLABS_PER_ALIGNMENT !== 0) continue;
    if (takeSlot(core, cell, entry)) {
      if (!FLAGS.HAKMEM_BUILD_RELEASE) assertClaimed(core, entry & RUN_SLAB);
      if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_HITS);
      return entry;
    }
  }
  if (FLAGS.HAKMEM_POOL_HOTBOX_STATS_COMPILED) countOne(core, BIG_MISSES);
  return 0;
}

/**
 * Gives every cached run back to the shared pool; true if there was one.
 * @atomics cold CORRECTNESS: the slot names a run whose state is claimed next.
 */
export function emptyBigCache(core: Core): boolean {
  const { cells, header } = core;
  let any = false;
  for (let slot = 0; slot < BIGCACHE_SLOTS; slot++) {
    const entry = acquire(cells, header + H_BIGCACHE + slot);
    if (entry === 0) continue;
    if (!takeSlot(core, header + H_BIGCACHE + slot, entry)) continue;
    dropRun(core, entry & RUN_SLAB, entry >>> RUN_SHIFT);
    any = true;
  }
  return any;
}

/**
 * Clears a slot; true when its run is this thread's from here on.
 * @atomics cold CORRECTNESS: one thread alone empties a slot.
 */
function takeSlot(core: Core, cell: number, entry: number): boolean {
  const won = reown(core, entry & RUN_SLAB, entry >>> RUN_SHIFT);
  const cleared = claim(core.cells, cell, entry, 0);
  if (won === cleared) return won;
  if (!won && !reown(core, entry & RUN_SLAB, entry >>> RUN_SHIFT)) return false;
  // The run was taken and put again meanwhile, so this slot or another one has noted it since.
  forget(core, entry);
  return true;
}

/**
 * Clears every slot that names a run; its owner calls it.
 * @atomics cold CORRECTNESS: a slot may hold another run by then, which must stay noted.
 */
function forget(core: Core, entry: number): void {
  for (let slot = 0; slot < BIGCACHE_SLOTS; slot++) {
    claim(core.cells, core.header + H_BIGCACHE + slot, entry, 0);
  }
}

/**
 * Clears the slots whose runs were taken by a thread that died before it could.
 * @atomics cold CORRECTNESS: a slot is cleared only while it holds what was seen.
 */
export function clearStaleSlots(core: Core): void {
  for (let slot = 0; slot < BIGCACHE_SLOTS; slot++) {
    const cell = core.header + H_BIGCACHE + slot;
    const entry = acquire(core.cells, cell);
    if (entry === 0 || isCached(core, entry)) continue;
    if (takeSlot(core, cell, entry)) dropRun(core, entry & RUN_SLAB, entry >>> RUN_SHIFT);
  }
}

/** @atomics cold CORRECTNESS: the state decides whether a slot tells the truth. */
function isCached(core: Core, entry: number): boolean {
  const state = SLAB_CACHED | ((entry >>> RUN_SHIFT) << ARGUMENT_SHIFT);
  return acquire(core.cells, core.states + (entry & RUN_SLAB)) === state;
}

/**
 * Takes a cached run, wherever it is noted.
 * @atomics cold CORRECTNESS: one thread alone becomes the owner of a cached run.
 */
function reown(core: Core, slab: number, count: number): boolean {
  const { cells, states, thread } = core;
  const cached = SLAB_CACHED | (count << ARGUMENT_SHIFT);
  if (!claim(cells, states + slab, cached, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT))) return false;
  account(core, count * SLAB_KIB);
  return true;
}

/** Gives a cached run back that no slot names: one that a dead thread put down and did not note. */
export function dropUnnoted(core: Core, slab: number, count: number): void {
  if (isNoted(core, slab, count) || !reown(core, slab, count)) return;
  // It may be a living thread's, which has noted it since.
  forget(core, slab | (count << RUN_SHIFT));
  dropRun(core, slab, count);
}

/**
 * Whether a slot names a run.
 * @atomics cold CORRECTNESS: a run without a slot is one that a dead thread left.
 */
export function isNoted(core: Core, slab: number, count: number): boolean {
  for (let slot = 0; slot < BIGCACHE_SLOTS; slot++) {
    const entry = acquire(core.cells, core.header + H_BIGCACHE + slot);
    if (entry === (slab | (count << RUN_SHIFT))) return true;
  }
  return false;
}

/** Gives a run that this thread has claimed back to the shared pool. */
export function dropRun(core: Core, slab: number, count: number): void {
  core.cells[core.pageMap + slab] = 0;
  releaseSlabs(core, slab, count);
}
