/** Threads that give back what lies idle with them, in the middle of a malloc, before a new peak. */
import { R_TIDY_AT, SPILL_SLOTS } from '../../../src/base/offsets.js';
import { classOf } from '../../../src/base/sizeclass.js';
import { orphanSlab } from '../../../src/cache/orphans.js';
import { eachOwned } from '../../../src/cache/slabs.js';
import { putMagazine } from '../../../src/queue/spill.js';
import {
  flush,
  give,
  giveMany,
  handOver,
  type Scenario,
  take,
  takeMany,
  takeSlabs,
  type Thread,
  type World,
} from './scenario.js';

const SIZE = 16384;
const CLASS = classOf(SIZE);
/** Of another class, for which nobody has a slab. */
const OTHER_SIZE = 8192;

/** The thread came when the heap held next to nothing, so its next slab is a new peak. */
function beforePeak({ core }: Thread): void {
  core.cells[core.record + R_TIDY_AT] = 1;
}

/** Blocks of a slab of `from` lie in both caches, and one of them in a magazine. */
function spread(from: Thread, to: Thread): void {
  takeMany(from, 3, SIZE);
  handOver(from, to, 1);
  give(to, to.held[0]!);
  give(from, from.held[0]!);
  give(from, from.held[0]!);
  putMagazine(from.core, CLASS, 1, SPILL_SLOTS);
}

function takeOther(thread: Thread): void {
  take(thread, OTHER_SIZE);
}

function servedAll({ threads }: World): string | undefined {
  return threads.every(({ held }) => held.length > 0) ? undefined : 'a thread got no block';
}

export const tidy: readonly Scenario[] = [
  {
    name: 'two threads tidy up, each with blocks of the other',
    of: 'idle memory',
    prepare({ threads: [a, b] }) {
      spread(a!, b!);
      spread(b!, a!);
      beforePeak(a!);
      beforePeak(b!);
    },
    threads: [takeOther, takeOther],
    check: servedAll,
  },
  {
    name: 'one tidies up while another returns blocks and leaves its slabs',
    of: 'idle memory',
    prepare({ threads: [a, b] }) {
      takeMany(b!, 2, SIZE);
      spread(a!, b!);
      beforePeak(a!);
    },
    threads: [
      takeOther,
      (t) => {
        giveMany(t, 2);
        flush(t);
        eachOwned(t.core, orphanSlab);
        take(t, SIZE);
      },
    ],
    check: servedAll,
  },
  {
    name: 'one tidies up for a Large block while another takes a magazine',
    of: 'idle memory',
    prepare({ threads: [a, b] }) {
      spread(a!, b!);
      beforePeak(a!);
    },
    threads: [
      (t) => {
        takeSlabs(t, 2);
      },
      (t) => {
        takeMany(t, 3, SIZE);
      },
    ],
    check: servedAll,
  },
];
