/** Remote frees, their news, and the owner that drains them. */
import { acquire, publish } from '../../../src/base/atomics.js';
import { H_PROBE } from '../../../src/base/offsets.js';
import { classOf } from '../../../src/base/sizeclass.js';
import { takeFromSlabs } from '../../../src/cache/flow.js';
import { giveBack } from '../../../src/cache/giveback.js';
import { drainTargets } from '../../../src/cache/slabs.js';
import { tidyOwned } from '../../../src/cache/tidy.js';
import {
  flush,
  give,
  giveMany,
  handOver,
  type Scenario,
  takeMany,
  type Thread,
} from './scenario.js';

const SIZE = 16384;
const CLASS = classOf(SIZE);

/** free, and the block at once on to its slab. */
function giveThrough(thread: Thread): void {
  give(thread, thread.held[0]!);
  giveBack(thread.core, CLASS, 1);
}

function drain(thread: Thread): void {
  drainTargets(thread.core);
}

/** Thread 0 owns a slab with `blocks` of its four blocks in use, which the others hold in turn. */
function shared(threads: Thread[], blocks: number): void {
  const owner = threads[0]!;
  takeMany(owner, blocks, SIZE);
  flush(owner);
  for (let i = 0; owner.held.length > 0; i++)
    handOver(owner, threads[1 + (i % (threads.length - 1))]!, 1);
}

export const remote: readonly Scenario[] = [
  {
    name: 'a remote free while the owner drains',
    of: 'remote free and drain',
    prepare({ threads }) {
      shared(threads, 2);
    },
    threads: [
      drain,
      (t) => {
        giveThrough(t);
        giveThrough(t);
      },
    ],
  },
  {
    name: 'two remote frees while the owner drains',
    of: 'remote free and drain',
    prepare({ threads }) {
      shared(threads, 3);
    },
    threads: [drain, giveThrough, giveThrough],
  },
  {
    name: 'the last blocks come back while the owner releases the slab',
    of: 'remote free and drain',
    prepare({ threads }) {
      shared(threads, 2);
      handOver(threads[1]!, threads[0]!, 1);
      // A second slab, so that the first may go.
      takeFromSlabs(threads[0]!.core, CLASS, 4);
    },
    threads: [
      (t) => {
        giveThrough(t);
        drain(t);
      },
      giveThrough,
    ],
  },
  {
    name: 'the owner allocates what others free',
    of: 'remote free and drain',
    prepare({ threads, keeper }) {
      shared(threads, 4);
      keeper.results.push(0);
    },
    threads: [
      (t) => {
        takeMany(t, 2, SIZE);
        giveMany(t, 1);
      },
      (t) => {
        giveThrough(t);
        takeMany(t, 1, SIZE);
      },
    ],
  },
  {
    name: 'news comes late, after the slab was released and cut anew',
    of: 'remote free and drain',
    prepare({ threads }) {
      shared(threads, 1);
    },
    threads: [
      (t, { threads }) => {
        tidyOwned(t.core);
        takeMany(t, 1, SIZE);
        handOver(t, threads[2]!, 1);
        // Any cell that the program's threads hand blocks over by.
        publish(t.core.cells, t.core.header + H_PROBE, 1);
      },
      giveThrough,
      (t) => {
        if (acquire(t.core.cells, t.core.header + H_PROBE) === 1) giveThrough(t);
      },
    ],
  },
];
