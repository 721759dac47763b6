/**
 * Runs of several slabs: set up, asked about, left, taken down, cut anew, and cleaned up after. Their
 * page map words and states change one after the other, so others meet each mixture of two lives.
 */
import { SLAB_BYTES, SLAB_SHIFT } from '../../../src/base/layout.js';
import { CLASS_BYTES, CLASS_SLABS, classOf } from '../../../src/base/sizeclass.js';
import { giveBack } from '../../../src/cache/giveback.js';
import { adoptSlab, orphanSlab } from '../../../src/cache/orphans.js';
import { eachOwned } from '../../../src/cache/slabs.js';
import { tidyOwned } from '../../../src/cache/tidy.js';
import { emptyBigCache } from '../../../src/superslab/bigcache.js';
import { reclaim } from './aftermath.js';
import { giveFirst } from './large.js';
import { borrow } from './pool.js';
import { fillUp, flush, give, handOver, type Scenario } from './scenario.js';
import { take, takeMany, takeSlabs, type Thread, type World } from './scenario.js';

/** 4 blocks in 5 slabs; all but the first start in a later slab. */
const SIZE = 40 * 1024;
const CLASS = classOf(SIZE);
const SLABS = CLASS_SLABS[CLASS]!;
/** 3 blocks in 2 slabs, which start elsewhere. */
const OTHER_SIZE = CLASS_BYTES[classOf(20 * 1024)]!;

/** The heap has room for so many slabs, of which the first is remembered: there the run will be. */
function room(world: World, slabs: number): void {
  fillUp(world, slabs);
  const { keeper } = world;
  keeper.results.push((keeper.held[0]! >>> SLAB_SHIFT) - slabs);
}

function oneRun(world: World): void {
  room(world, SLABS);
}

/** Asks about an address in that run where no block is ever in use. */
function ask({ heap, world }: Thread, offset: number): void {
  const address = world.keeper.results[0]! * SLAB_BYTES + offset;
  if (heap.owns(address)) world.problem ??= `${address} was taken for a block in use`;
}

/** Asks about a block of the run that is not cut, and about the middles of two others. */
function askAround(thread: Thread): void {
  ask(thread, SIZE);
  ask(thread, 3 * OTHER_SIZE);
  ask(thread, 2 * SLAB_BYTES + 16);
}

/** Looks up a block that this thread holds. */
function lookUp({ heap, held, world }: Thread): void {
  const bytes = heap.usableSize(held[0]!);
  if (bytes !== SIZE) world.problem ??= `a block in use was taken for one of ${bytes} bytes`;
}

function giveThrough(thread: Thread): void {
  give(thread, thread.held[0]!);
  giveBack(thread.core, CLASS, 1);
}

/** Frees the only block of this thread, and gives its run up. */
function takeDown(thread: Thread): void {
  giveThrough(thread);
  tidyOwned(thread.core);
}

/** `from` has a run with `blocks` blocks in use and keeps nothing cached. */
function use(from: Thread, blocks: number): void {
  takeMany(from, blocks, SIZE);
  flush(from);
}

/** The first thread has the heap's one run, with `blocks` blocks in use. */
function oneRunInUse(world: World, blocks: number): void {
  oneRun(world);
  use(world.threads[0]!, blocks);
}

function leave(thread: Thread): void {
  eachOwned(thread.core, orphanSlab);
}

/** Gives each of the others one block of the first thread, the later ones first. */
function handRound([first, ...others]: Thread[]): void {
  first!.held.reverse();
  for (const other of others) handOver(first!, other, 1);
}

/** Cleans up after the first thread if it has died. */
function reclaimFirst({ core, world }: Thread): void {
  if (world.hasDied(0)) reclaim(core, world.threads[0]!.core.thread);
}

export const runs: readonly Scenario[] = [
  {
    name: 'set up while another thread asks about addresses in it',
    of: 'runs of several slabs',
    prepare: oneRun,
    threads: [
      (t) => {
        take(t, SIZE);
      },
      askAround,
    ],
  },
  {
    name: 'cut further while others look their blocks up and free them',
    of: 'runs of several slabs',
    prepare(world) {
      oneRunInUse(world, 3);
      handRound(world.threads);
    },
    threads: [
      (t) => {
        takeMany(t, 1, SIZE);
        leave(t);
      },
      giveThrough,
      (t) => {
        lookUp(t);
        lookUp(t);
        giveThrough(t);
      },
    ],
  },
  {
    name: 'cut anew for another class while another thread asks about addresses in it',
    of: 'runs of several slabs',
    prepare(world) {
      oneRunInUse(world, 1);
    },
    threads: [
      (t) => {
        takeDown(t);
        takeMany(t, 2, OTHER_SIZE);
      },
      askAround,
    ],
  },
  {
    name: 'made a Large block while another thread asks about addresses in it',
    of: 'runs of several slabs',
    prepare(world) {
      oneRunInUse(world, 1);
    },
    threads: [
      (t) => {
        takeDown(t);
        takeSlabs(t, SLABS);
      },
      askAround,
    ],
  },
  {
    name: 'its last blocks come back from two threads while its owner tidies up and one wants slabs',
    of: 'runs of several slabs',
    prepare(world) {
      oneRunInUse(world, 2);
      handRound(world.threads);
    },
    threads: [
      (t) => {
        tidyOwned(t.core);
      },
      giveThrough,
      (t) => {
        giveThrough(t);
        borrow(t, SLABS);
      },
    ],
  },
  {
    name: 'adopted while its last blocks come back from two threads',
    of: 'runs of several slabs',
    prepare(world) {
      oneRunInUse(world, 2);
      leave(world.threads[0]!);
      handRound(world.threads);
    },
    threads: [
      (t) => {
        if (adoptSlab(t.core, CLASS)) takeMany(t, 1, SIZE);
      },
      giveThrough,
      giveThrough,
    ],
  },
  {
    name: 'released slab by slab as a Large block while one claims from it and one asks',
    of: 'runs of several slabs',
    prepare(world) {
      oneRun(world);
      takeSlabs(world.threads[0]!, SLABS);
    },
    threads: [
      (t) => {
        giveFirst(t);
        emptyBigCache(t.core);
      },
      (t) => {
        borrow(t, 2);
      },
      (t) => {
        ask(t, 2 * SLAB_BYTES + 16);
      },
    ],
  },
  {
    name: 'reclaim of one that dies as it sets one up, while another wants its slabs',
    of: 'runs of several slabs, reclaimed',
    prepare(world) {
      room(world, 3 * SLABS);
    },
    threads: [
      (t) => {
        take(t, SIZE);
      },
      reclaimFirst,
      (t) => {
        takeSlabs(t, 2);
      },
    ],
  },
  {
    name: 'reclaim of one that dies as it takes one down, while another wants its slabs',
    of: 'runs of several slabs, reclaimed',
    prepare(world) {
      room(world, 3 * SLABS);
      use(world.threads[0]!, 1);
    },
    threads: [
      takeDown,
      reclaimFirst,
      (t) => {
        ask(t, SIZE);
        takeSlabs(t, 2);
      },
    ],
  },
  {
    name: 'reclaim of one that dies as it cuts one, while another looks its block up and frees it',
    of: 'runs of several slabs, reclaimed',
    prepare(world) {
      oneRunInUse(world, 2);
      handOver(world.threads[0]!, world.threads[2]!, 2);
    },
    threads: [
      (t) => {
        takeMany(t, 2, SIZE);
      },
      reclaimFirst,
      (t) => {
        t.held.reverse();
        lookUp(t);
        giveThrough(t);
        giveThrough(t);
      },
    ],
  },
  {
    name: 'reclaim of one that dies between two Large blocks, while another empties the BigCache',
    of: 'runs of several slabs, reclaimed',
    prepare(world) {
      room(world, 2 * SLABS);
      takeSlabs(world.threads[0]!, SLABS);
    },
    threads: [
      (t) => {
        giveFirst(t);
        takeSlabs(t, SLABS);
      },
      reclaimFirst,
      (t) => {
        emptyBigCache(t.core);
      },
    ],
  },
];
