/**
 * verify: thread records with their caches and slab lists, and the queues between threads.
 *
 * @atomics cold CORRECTNESS: compares owners and magazines as their takers would read them.
 */
import { acquire } from '../base/atomics.js';
import { floorOf, isEmptyStack } from '../base/cache-stack.js';
import { partialList, slowOf } from '../base/class-cells.js';
import {
  CACHE_FULL,
  CACHE_MAGIC,
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LISTED,
  D_NEXT,
  D_PREV,
  Q_FULL,
  R_REMOTE_ANY,
  R_RUNS,
  R_STATE,
  RUNS_SHIFT,
  S_LIMIT,
  SLOT_STATE,
  SPILL_SLOTS,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  hasFreeMark,
  KIND,
  SLAB_BYTES,
  SLAB_LARGE,
  SLAB_OWNED,
  SLAB_SHIFT,
} from '../base/layout.js';
import {
  CLASS_BYTES,
  CLASS_CACHE,
  CLASS_CAPACITY,
  CLASS_COUNT,
  CLASS_MAGIC,
  classOfPage,
} from '../base/sizeclass.js';
import { queueOf, SLOT_EMPTY, SLOT_FULL, SLOT_KIND, slotOf } from '../queue/spill.js';
import { runRoom } from '../superslab/runcache.js';
import { descriptorOf, headOf } from '../superslab/slab.js';
import { recordOf } from '../thread/record.js';
import { cachedOf, keptOf, spilledOf } from './census.js';
import type { Walk } from './walk.js';

export function checkThreads(walk: Walk): void {
  for (let thread = 0; thread < walk.records; thread++) {
    checkHead(walk, thread);
    checkCaches(walk, thread);
    checkKept(walk, thread);
    if (walk.isAttached(thread)) checkLists(walk, thread);
    checkOwnedMask(walk, thread);
  }
}

/** Page map words without a class lead to these cells, where no magic number may stand. */
function checkHead(walk: Walk, thread: number): void {
  const { core } = walk;
  for (let cell = R_STATE + 1; cell < R_REMOTE_ANY; cell++) {
    walk.check(
      core.cells[recordOf(core, thread) + cell] === 0,
      () => `cell ${cell} of thread ${thread}'s record is not 0, which free relies on`,
    );
  }
}

function checkCaches(walk: Walk, thread: number): void {
  const { core } = walk;
  const attached = walk.isAttached(thread);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const region = recordOf(core, thread) + CLASS_CACHE[sizeClass];
    const place = `thread ${thread}'s cache of class ${sizeClass}`;
    if (!attached && core.cells[region] === 0) continue;
    walk.check(
      core.cells[region + CACHE_MAGIC] >>> 0 === CLASS_MAGIC[sizeClass],
      () => `${place} has another class's magic number`,
    );
    const floor = floorOf(core.cells, region);
    walk.check(floor > 0, () => `${place} has no floor`);
    const limit = core.cells[slowOf(recordOf(core, thread), sizeClass) + S_LIMIT];
    walk.check(
      !attached || floor === CACHE_FULL - limit,
      () => `${place} holds ${CACHE_FULL - floor} blocks, and its limit says ${limit}`,
    );
    walk.check(
      attached || isEmptyStack(core.cells, region),
      () => `${place} holds blocks, but no thread has that record`,
    );
    for (const address of cachedOf(core, thread, sizeClass)) {
      checkWaiting(walk, address, sizeClass, place);
    }
  }
}

/** Runs in a run cache are Large blocks for all others, marked, and seen once only. */
function checkKept(walk: Walk, thread: number): void {
  const { core } = walk;
  const { cells, geometry } = core;
  const place = `thread ${thread}'s run cache`;
  let sum = 0;
  for (const { slab, slabs } of keptOf(core, thread)) {
    const address = slab * SLAB_BYTES;
    const seen = walk.kept.get(slab);
    walk.check(seen === undefined, () => `the run at slab ${slab} is in ${place} and in ${seen}`);
    walk.kept.set(slab, place);
    sum += slabs;
    const whole = slab >= geometry.firstSlab && slab + slabs <= walk.end && slabs > 0;
    walk.check(
      whole && acquire(cells, core.states + slab) === (SLAB_LARGE | (slabs << ARGUMENT_SHIFT)),
      () => `${place} holds the run at slab ${slab}, which is none of ${slabs} slabs`,
    );
    walk.check(
      !whole || hasFreeMark(cells, address),
      () => `the free run at slab ${slab} in ${place} has lost its mark: written to after free?`,
    );
  }
  const room = cells[recordOf(core, thread) + R_RUNS] >>> RUNS_SHIFT;
  if (!walk.isAttached(thread)) walk.check(sum === 0, () => `${place} is left with ${sum} slabs`);
  else
    walk.check(sum + room === runRoom(core), () => `${place} has ${sum} slabs, room for ${room}`);
}

/** A free block outside of a bitmap: a true block of its class, marked, and seen once only. */
function checkWaiting(walk: Walk, address: number, sizeClass: number, place: string): void {
  const { core } = walk;
  const slab = address >>> SLAB_SHIFT;
  const head = slab < walk.end ? headOf(core, slab) : 0;
  const page = head > 0 ? core.cells[core.pageMap + head] : 0;
  const offset = address - head * SLAB_BYTES;
  const routes =
    classOfPage(page) === sizeClass &&
    offset % CLASS_BYTES[sizeClass] === 0 &&
    offset < core.cells[descriptorOf(head) + D_CARVED] * CLASS_BYTES[sizeClass];
  walk.check(routes, () => `${place} holds ${address}, which is no block of its class`);
  const seen = walk.waiting.get(address);
  walk.check(seen === undefined, () => `the block at ${address} is in ${place} and in ${seen}`);
  walk.waiting.set(address, place);
  if (!routes) return;
  walk.check(
    hasFreeMark(core.cells, address),
    () => `the free block at ${address} in ${place} has lost its mark: written to after free?`,
  );
}

function checkLists(walk: Walk, thread: number): void {
  const { core } = walk;
  const { cells } = core;
  const record = recordOf(core, thread);
  const listed = new Set<number>();
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const place = `thread ${thread}'s slab list of class ${sizeClass}`;
    let prev = 0;
    for (let slab = cells[partialList(record, sizeClass)]; slab !== 0;) {
      if (slab < core.geometry.firstSlab || slab >= walk.end || (slab & 31) === 0) {
        walk.check(false, () => `${place} leads to ${slab}, which is no slab`);
        break;
      }
      if (listed.has(slab)) {
        walk.check(false, () => `${place} meets slab ${slab} twice`);
        break;
      }
      listed.add(slab);
      const d = descriptorOf(slab);
      const state = acquire(cells, core.states + slab);
      if (state !== (SLAB_OWNED | (thread << ARGUMENT_SHIFT)) || cells[d + D_CLASS] !== sizeClass) {
        walk.check(false, () => `${place} holds slab ${slab}, which is not its own`);
        break;
      }
      walk.check(cells[d + D_PREV] === prev, () => `${place} has a broken link at slab ${slab}`);
      prev = slab;
      slab = cells[d + D_NEXT];
    }
  }
  for (let slab = core.geometry.firstSlab; slab < walk.end; slab++) {
    if (acquire(cells, core.states + slab) !== (SLAB_OWNED | (thread << ARGUMENT_SHIFT))) continue;
    const d = descriptorOf(slab);
    const has =
      cells[d + D_FREE] > 0 || cells[d + D_CARVED] < CLASS_CAPACITY[cells[d + D_CLASS] & 63];
    walk.check(
      listed.has(slab) === has && (cells[d + D_LISTED] === 1) === has,
      () => `slab ${slab} ${has ? 'has' : 'has no'} free blocks, its owner's list says otherwise`,
    );
  }
}

function checkOwnedMask(walk: Walk, thread: number): void {
  const { core } = walk;
  const mask = recordOf(core, thread) + core.geometry.ownedOffset;
  for (let slab = core.geometry.firstSlab; slab < walk.end; slab++) {
    const state = acquire(core.cells, core.states + slab);
    const owned = (state & KIND) === SLAB_OWNED && state >>> ARGUMENT_SHIFT === thread;
    const noted = (core.cells[mask + (slab >>> 5)] & (1 << (slab & 31))) !== 0;
    walk.check(
      owned === noted,
      () => `thread ${thread} ${owned ? 'owns' : 'does not own'} slab ${slab}, its mask differs`,
    );
  }
}

export function checkQueues(walk: Walk): void {
  const { core } = walk;
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    const queue = queueOf(core, sizeClass);
    const place = `the spill queue of class ${sizeClass}`;
    const full = acquire(core.cells, queue + Q_FULL);
    for (let index = 0; index < SPILL_SLOTS; index++) {
      const state = acquire(core.cells, slotOf(queue, index) + SLOT_STATE);
      const kind = state & SLOT_KIND;
      walk.check(
        state === SLOT_EMPTY || kind === SLOT_FULL,
        () => `${place} has slot ${index} in the hands of a thread`,
      );
      walk.check(
        (kind === SLOT_FULL) === ((full & (1 << index)) !== 0),
        () => `${place} has a length that differs from its full slots at slot ${index}`,
      );
    }
    for (const address of spilledOf(core, sizeClass)) checkWaiting(walk, address, sizeClass, place);
  }
}
