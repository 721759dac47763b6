/** Large runs and the BigCache. */
import { SLAB_BYTES, SLAB_SHIFT } from '../../../src/base/layout.js';
import { freeRun, mallocRun, resizeRun } from '../../../src/large/run.js';
import { dropUnnoted, emptyBigCache } from '../../../src/superslab/bigcache.js';
import { fillUp, gain, type Scenario, takeSlabs, type Thread, type World } from './scenario.js';

function giveSlabs(thread: Thread, run: number): void {
  thread.going = run;
  thread.held.splice(thread.held.indexOf(run), 1);
  thread.world.owned.delete(run);
  if (!freeRun(thread.core, run >>> SLAB_SHIFT))
    thread.world.problem ??= `${run} could not be freed`;
  thread.going = 0;
}

export function giveFirst(thread: Thread): void {
  if (thread.held.length > 0) giveSlabs(thread, thread.held[0]!);
}

/** A resize in place takes the block out of use meanwhile. */
export function resize(thread: Thread, slabs: number): void {
  const { core, held, world } = thread;
  const run = held.shift()!;
  thread.going = run;
  world.owned.delete(run);
  thread.results.push(resizeRun(core, run >>> SLAB_SHIFT, slabs * SLAB_BYTES) ? 1 : 0);
  gain(world, run);
  held.push(run);
  thread.going = 0;
}

/** A block that both threads free by mistake: one of them must be refused. */
function doubly(thread: Thread): void {
  thread.going = 1;
  thread.results.push(freeRun(thread.core, thread.world.keeper.results[0]! >>> SLAB_SHIFT) ? 1 : 0);
  thread.going = 0;
}

function oneFree({ threads }: World): string | undefined {
  const freed = threads.reduce((sum, { results }) => sum + results[0]!, 0);
  return freed === 1 ? undefined : `${freed} frees of one block succeeded`;
}

export const large: readonly Scenario[] = [
  {
    name: 'two threads free one block',
    of: 'Large runs',
    prepare({ keeper }) {
      keeper.results.push(mallocRun(keeper.core, 5 * SLAB_BYTES));
    },
    threads: [doubly, doubly],
    check: oneFree,
  },
  {
    name: 'a run across SuperSlabs beside one within',
    of: 'Large runs',
    heap: { initialBytes: 3 << 20, maximumBytes: 3 << 20 },
    threads: [
      (t) => {
        takeSlabs(t, 33);
      },
      (t) => {
        takeSlabs(t, 20);
        giveFirst(t);
      },
    ],
  },
  {
    name: 'a block grows into slabs that another thread claims',
    of: 'Large runs',
    prepare(world) {
      fillUp(world, 3);
      takeSlabs(world.threads[0]!, 1);
    },
    threads: [
      (t) => {
        resize(t, 2);
      },
      (t) => {
        takeSlabs(t, 2);
      },
    ],
  },
  {
    name: 'a block shrinks while another thread wants its slabs',
    of: 'Large runs',
    prepare(world) {
      fillUp(world, 3);
      takeSlabs(world.threads[0]!, 3);
    },
    threads: [
      (t) => {
        resize(t, 1);
      },
      (t) => {
        takeSlabs(t, 1);
      },
    ],
  },
  {
    name: 'a block grows over a SuperSlab of which another thread gives the last slab back',
    of: 'Large runs',
    heap: { initialBytes: 2 << 20, maximumBytes: 2 << 20 },
    prepare({ threads: [first, second] }) {
      const toEnd = 32 - first!.core.geometry.firstSlab;
      takeSlabs(first!, toEnd);
      takeSlabs(second!, 1);
    },
    threads: [
      (t) => {
        resize(t, 64 - t.core.geometry.firstSlab);
      },
      (t) => {
        giveFirst(t);
        emptyBigCache(t.core);
      },
    ],
  },
  {
    name: 'put beside take',
    of: 'BigCache',
    prepare(world) {
      fillUp(world, 2);
      takeSlabs(world.threads[0]!, 1);
    },
    threads: [
      giveFirst,
      (t) => {
        takeSlabs(t, 1);
      },
    ],
  },
  {
    name: 'two threads take one run and put it back',
    of: 'BigCache',
    prepare(world) {
      takeSlabs(world.threads[0]!, 5);
      giveFirst(world.threads[0]!);
    },
    threads: [0, 1].map(() => (t: Thread) => {
      takeSlabs(t, 5);
      giveFirst(t);
    }),
  },
  {
    name: 'put, take and empty',
    of: 'BigCache',
    prepare({ threads }) {
      takeSlabs(threads[0]!, 5);
    },
    threads: [
      (t) => {
        giveFirst(t);
        takeSlabs(t, 5);
        giveFirst(t);
      },
      (t) => {
        emptyBigCache(t.core);
      },
    ],
  },
  {
    name: 'put beside a search for runs that no slot names',
    of: 'BigCache',
    prepare({ threads, keeper }) {
      takeSlabs(threads[0]!, 1);
      keeper.results.push(threads[0]!.held[0]! >>> SLAB_SHIFT);
    },
    threads: [
      giveFirst,
      ({ core, world }) => {
        dropUnnoted(core, world.keeper.results[0]!, 1);
      },
    ],
  },
];
