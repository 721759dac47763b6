/** The spill queue and the magazines in it. */
import { SLOT_STATE, SPILL_SLOTS } from '../../../src/base/offsets.js';
import { stackDepth } from '../../../src/base/cache-stack.js';
import { CLASS_CACHE, classOf } from '../../../src/base/sizeclass.js';
import { takeFromSlabs } from '../../../src/cache/flow.js';
import {
  putMagazine,
  queueOf,
  SLOT_FULL,
  SLOT_KIND,
  slotBlocks,
  slotOf,
  takeMagazine,
  takeMagazineAnywhere,
} from '../../../src/queue/spill.js';
import type { Scenario, Thread, World } from './scenario.js';

const CLASS = classOf(8192);

function put(thread: Thread): void {
  thread.results.push(putMagazine(thread.core, CLASS, 1, SPILL_SLOTS) ? 1 : 0);
}

function get(thread: Thread): void {
  thread.results.push(takeMagazine(thread.core, CLASS));
}

function getAnywhere(thread: Thread): void {
  thread.results.push(takeMagazineAnywhere(thread.core, CLASS));
}

/** Fills the cache with this many blocks. */
function fill(thread: Thread, blocks: number): void {
  takeFromSlabs(thread.core, CLASS, blocks);
}

function cached({ core }: Thread): number {
  return stackDepth(core.cells, core.record + CLASS_CACHE[CLASS]!);
}

/** Blocks in full slots; the bits above them are hints. */
function waiting({ keeper: { core } }: World): number {
  let blocks = 0;
  for (let index = 0; index < SPILL_SLOTS; index++) {
    const state = core.cells[slotOf(queueOf(core, CLASS), index) + SLOT_STATE]!;
    if ((state & SLOT_KIND) === SLOT_FULL) blocks += slotBlocks(state);
  }
  return blocks;
}

/** What every run must leave: each block in a cache or counted in the queue. */
function noneLost(total: number) {
  return (world: World): string | undefined => {
    let inCaches = 0;
    for (const thread of world.threads) inCaches += cached(thread);
    const inQueue = waiting(world);
    if (inCaches + inQueue === total) return undefined;
    return `${inCaches} blocks cached and ${inQueue} in the queue, not ${total}`;
  };
}

export const spill: readonly Scenario[] = [
  {
    name: 'two threads put',
    of: 'spill queue',
    prepare({ threads }) {
      for (const thread of threads) fill(thread, 2);
    },
    threads: [put, put],
    check: noneLost(4),
  },
  {
    name: 'put, put again and take',
    of: 'spill queue',
    prepare({ threads }) {
      fill(threads[0]!, 2);
    },
    threads: [
      (t) => {
        put(t);
        put(t);
      },
      (t) => {
        get(t);
        get(t);
      },
    ],
    check: noneLost(2),
  },
  {
    name: 'two threads take one magazine and put it back',
    of: 'magazine hand-over',
    prepare({ threads }) {
      fill(threads[0]!, 1);
      put(threads[0]!);
    },
    threads: [
      (t) => {
        get(t);
        if (cached(t) > 0) put(t);
      },
      (t) => {
        get(t);
        if (cached(t) > 0) put(t);
      },
    ],
    check: noneLost(1),
  },
  {
    name: 'take, put and take without trust in the bits',
    of: 'magazine hand-over',
    prepare({ threads }) {
      fill(threads[0]!, 1);
      fill(threads[1]!, 1);
      put(threads[0]!);
    },
    threads: [get, put, getAnywhere],
    check: noneLost(2),
  },
  {
    name: 'three threads put and take in turn',
    of: 'magazine hand-over',
    prepare({ threads }) {
      for (const thread of threads) fill(thread, 1);
    },
    threads: [0, 1, 2].map(() => (t: Thread) => {
      put(t);
      get(t);
    }),
    check: noneLost(3),
  },
];
