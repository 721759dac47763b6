/** Large runs that their threads keep, beside threads that want slabs or clean up after them. */
import { FREE_MARK, SLAB_BYTES } from '../../../src/base/layout.js';
import { flushAll } from '../../../src/cache/flush.js';
import { emptyRunCache } from '../../../src/superslab/runcache.js';
import { detachThread } from '../../../src/thread/detach.js';
import { reclaim } from './aftermath.js';
import { fillUp, give, handOver, type Scenario, takeSlabs } from './scenario.js';
import type { Thread, World } from './scenario.js';

/** Runs of one slab, of which a thread of so small a heap keeps three. */
function takeRuns(thread: Thread, count: number): void {
  for (let i = 0; i < count; i++) takeSlabs(thread, 1);
}

/** Frees the first run that this thread holds, which its run cache takes. */
function keep(thread: Thread): void {
  if (thread.held.length > 0) give(thread, thread.held[0]!);
}

function keepAll(thread: Thread): void {
  while (thread.held.length > 0) keep(thread);
}

function keepAndTakeAgain(thread: Thread): void {
  keep(thread);
  takeSlabs(thread, 1);
  keep(thread);
}

function giveUp(thread: Thread): void {
  emptyRunCache(thread.core, thread.core.record);
}

function reclaimGhost(thread: Thread): void {
  thread.results.push(reclaim(thread.core, 2) ? 1 : 0);
}

/** The ghost ends with three runs kept and one in use, which another thread holds. */
function keptByGhost({ threads }: World): void {
  const ghost = threads[2]!;
  takeRuns(ghost, 4);
  handOver(ghost, threads[1]!, 1);
  keepAll(ghost);
}

export const runCache: readonly Scenario[] = [
  {
    name: 'kept, taken again and passed on while another thread wants slabs',
    of: 'run cache',
    prepare(world) {
      fillUp(world, 3);
      takeRuns(world.threads[0]!, 2);
    },
    threads: [
      (t) => {
        keepAll(t);
        takeSlabs(t, 2);
      },
      (t) => {
        takeSlabs(t, 2);
        keep(t);
      },
    ],
  },
  {
    name: 'given up while another thread claims the neighbours',
    of: 'run cache',
    prepare(world) {
      fillUp(world, 3);
      takeRuns(world.threads[0]!, 2);
    },
    threads: [
      (t) => {
        keepAndTakeAgain(t);
        giveUp(t);
      },
      (t) => {
        takeSlabs(t, 2);
      },
    ],
  },
  {
    name: 'two threads keep, take and give up what the other has used',
    of: 'run cache',
    prepare(world) {
      fillUp(world, 2);
      takeRuns(world.threads[0]!, 1);
      takeRuns(world.threads[1]!, 1);
    },
    threads: [0, 1].map(() => (t: Thread) => {
      keepAndTakeAgain(t);
      giveUp(t);
      takeSlabs(t, 1);
    }),
  },
  {
    name: 'reclaim of one that kept runs, while another frees and takes',
    of: 'run cache',
    ghosts: 4,
    prepare: keptByGhost,
    threads: [
      reclaimGhost,
      (t) => {
        keep(t);
        takeSlabs(t, 2);
        keep(t);
        giveUp(t);
      },
    ],
  },
  {
    name: 'two threads reclaim one that kept runs',
    of: 'run cache',
    ghosts: 4,
    prepare: keptByGhost,
    threads: [reclaimGhost, reclaimGhost],
    check: ({ threads }) =>
      threads[0]!.results[0]! + threads[1]!.results[0]! === 1
        ? undefined
        : 'not exactly one thread reclaimed',
  },
  {
    name: 'a detach gives up what was kept, while another is out of memory',
    of: 'run cache',
    prepare(world) {
      fillUp(world, 1);
      takeRuns(world.threads[0]!, 1);
    },
    threads: [
      (t) => {
        keepAndTakeAgain(t);
        detachThread(t.core);
        t.core.thread = -1;
      },
      (t) => {
        takeSlabs(t, 1);
        flushAll(t.core);
        takeSlabs(t, 1);
      },
    ],
  },
  {
    name: 'a run in use that looks like a free one is freed, while another keeps and takes',
    of: 'run cache',
    prepare({ threads: [first, second] }) {
      takeRuns(first!, 2);
      takeRuns(second!, 1);
      const [run] = second!.held;
      second!.core.cells[run! >>> 2] = run! ^ FREE_MARK;
    },
    threads: [
      (t) => {
        keepAndTakeAgain(t);
        keepAndTakeAgain(t);
      },
      (t) => {
        t.results.push(t.heap.usableSize(t.held[0]!) / SLAB_BYTES);
        keep(t);
      },
    ],
    check: ({ threads }) =>
      threads[1]!.results[0] === 1 ? undefined : 'a run in use was taken for a free one',
  },
];
