/** Threads that come, leave, and are cleaned up after; and a heap that grows meanwhile. */
import type { Core } from '../../../src/base/core.js';
import { D_OWNER, R_SLOW, R_STATE, S_PARTIAL, SLOW_CELLS } from '../../../src/base/offsets.js';
import { CLASS_SLABS, classOf } from '../../../src/base/sizeclass.js';
import { giveBack } from '../../../src/cache/giveback.js';
import { adoptSlab } from '../../../src/cache/orphans.js';
import { putMagazine } from '../../../src/queue/spill.js';
import { growFor } from '../../../src/superslab/growth.js';
import { descriptorOf, unlink } from '../../../src/superslab/slab.js';
import { detachThread } from '../../../src/thread/detach.js';
import { beginReclaim, finishReclaim } from '../../../src/thread/reclaim.js';
import { claimRecord, RECORD_ATTACHED, recordKind, recordOf } from '../../../src/thread/record.js';
import { reclaim } from './aftermath.js';
import { resize } from './large.js';
import {
  flush,
  give,
  Hand,
  handOver,
  osThreadOf,
  type Scenario,
  take,
  takeMany,
  takeSlabs,
  type Thread,
} from './scenario.js';

const SIZE = 16384;
const CLASS = classOf(SIZE);

/** A class whose slabs are runs of several. */
const RUN_SIZE = 40 * 1024;
const RUN_CLASS = classOf(RUN_SIZE);

/** Does of `undoSlab`, for a thread's only slab, what stands before its last step. */
function clearPages(core: Core): void {
  const { cells, pageMap, record } = core;
  const slab = cells[record + R_SLOW + RUN_CLASS * SLOW_CELLS + S_PARTIAL]!;
  unlink(cells, record + R_SLOW + RUN_CLASS * SLOW_CELLS + S_PARTIAL, slab);
  cells[descriptorOf(slab) + D_OWNER] = 0;
  cells.fill(0, pageMap + slab, pageMap + slab + CLASS_SLABS[RUN_CLASS]!);
}

function attach(thread: Thread): void {
  claimRecord(thread.core, 50 + thread.world.threads.indexOf(thread));
  thread.heap = Hand.on(thread.core);
  thread.results.push(thread.core.thread);
}

function detach(thread: Thread): void {
  detachThread(thread.core);
  thread.core.thread = -1;
}

function giveThrough(thread: Thread): void {
  give(thread, thread.held[0]!);
  giveBack(thread.core, CLASS, 1);
}

function reclaimGhost(thread: Thread): void {
  thread.results.push(reclaim(thread.core, 2) ? 1 : 0);
}

/** Reclaims the ghost by the state that its record had when it died. */
function reclaimSeen(thread: Thread): void {
  const began = beginReclaim(thread.core, 2, thread.world.keeper.results[0]!);
  if (began) finishReclaim(thread.core, 2);
  thread.results.push(began ? 1 : 0);
}

function grow(thread: Thread): void {
  thread.results.push(growFor(thread.core, 1, false) ? 1 : 0);
}

/** One Large block has the whole first SuperSlab. */
function fillFirst(thread: Thread): void {
  takeSlabs(thread, 32 - thread.core.geometry.firstSlab);
}

/** It wants the SuperSlab behind too. */
function extend(thread: Thread): void {
  resize(thread, 64 - thread.core.geometry.firstSlab);
}

export const life: readonly Scenario[] = [
  {
    name: 'two threads attach',
    of: 'attach and detach',
    unattached: 3,
    threads: [attach, attach],
    check: ({ threads: [a, b] }) =>
      a!.results[0] === b!.results[0] || a!.results[0]! < 0 || b!.results[0]! < 0
        ? `the threads got records ${a!.results[0]} and ${b!.results[0]}`
        : undefined,
  },
  {
    name: 'one attaches while another detaches',
    of: 'attach and detach',
    unattached: 1,
    threads: [
      (t) => {
        attach(t);
        take(t, SIZE);
      },
      (t) => {
        takeMany(t, 1, SIZE);
        detach(t);
      },
    ],
  },
  {
    name: 'a detach while others free its blocks',
    of: 'attach and detach',
    prepare({ threads }) {
      takeMany(threads[0]!, 2, SIZE);
      flush(threads[0]!);
      handOver(threads[0]!, threads[1]!, 2);
    },
    threads: [
      detach,
      (t) => {
        giveThrough(t);
        giveThrough(t);
      },
    ],
  },
  {
    name: 'two threads reclaim the same one',
    of: 'reclaim',
    ghosts: 4,
    prepare({ threads }) {
      takeMany(threads[2]!, 2, SIZE);
      handOver(threads[2]!, threads[0]!, 2);
    },
    threads: [reclaimGhost, reclaimGhost],
    check: ({ threads }) =>
      threads[0]!.results[0]! + threads[1]!.results[0]! === 1
        ? undefined
        : 'not exactly one thread reclaimed',
  },
  {
    name: 'a reclaim that comes late, when another thread has the record',
    of: 'reclaim',
    ghosts: 4,
    unattached: 8,
    prepare({ keeper }) {
      keeper.results.push(keeper.core.cells[recordOf(keeper.core, 2) + R_STATE]!);
    },
    threads: [
      reclaimSeen,
      (t) => {
        reclaimSeen(t);
        const heir = t.world.threads[3]!;
        if (t.results[0] === 1) claimRecord(heir.core, osThreadOf(2));
      },
    ],
    check: ({ threads, keeper }) => {
      const { core } = threads[3]!;
      if (core.thread < 0) return undefined;
      const state = keeper.core.cells[core.record + R_STATE]!;
      return recordKind(state) === RECORD_ATTACHED ? undefined : 'a living thread was reclaimed';
    },
  },
  {
    name: 'reclaim while blocks of the dead come back',
    of: 'reclaim',
    ghosts: 4,
    prepare({ threads }) {
      takeMany(threads[2]!, 3, SIZE);
      putMagazine(threads[2]!.core, CLASS, 1, 8);
      handOver(threads[2]!, threads[1]!, 2);
      handOver(threads[2]!, threads[0]!, 1);
    },
    threads: [
      reclaimGhost,
      (t) => {
        giveThrough(t);
        take(t, SIZE);
        giveThrough(t);
      },
    ],
  },
  {
    name: 'reclaim of one that died as it gave a slab up, while another looks for orphans',
    of: 'reclaim',
    ghosts: 4,
    prepare({ threads }) {
      const ghost = threads[2]!;
      take(ghost, RUN_SIZE);
      give(ghost, ghost.held[0]!);
      flush(ghost);
      clearPages(ghost.core);
    },
    threads: [
      reclaimGhost,
      (t) => {
        if (adoptSlab(t.core, RUN_CLASS)) takeMany(t, 2, RUN_SIZE);
      },
    ],
  },
  {
    name: 'two threads grow',
    of: 'growth',
    heap: { initialBytes: 1 << 20, maximumBytes: 3 << 20 },
    threads: [grow, grow],
    check: ({ threads }) =>
      threads.every(({ results }) => results[0] === 1) ? undefined : 'growth was refused',
  },
  {
    name: 'a Large block grows by realloc into slabs that a growth adds',
    of: 'growth',
    heap: { initialBytes: 1 << 20, maximumBytes: 3 << 20 },
    prepare: ({ threads: [first] }) => {
      fillFirst(first!);
    },
    threads: [extend, grow],
  },
  {
    name: 'runs of both sizes while the heap grows',
    of: 'growth',
    heap: { initialBytes: 1 << 20, maximumBytes: 3 << 20 },
    threads: [
      (t) => {
        takeSlabs(t, 33);
      },
      (t) => {
        take(t, SIZE);
      },
    ],
  },
];
