/** The shared pool: slabs claimed and released, and the hints above them. */
import { acquire } from '../../../src/base/atomics.js';
import { claimRun, findLost, releaseSlabs } from '../../../src/superslab/pool.js';
import { acquireRun } from '../../../src/superslab/acquire.js';
import { fillUp, gain, type Scenario, type Thread } from './scenario.js';

/** Claims a run and notes it; 0 when there is none. */
function claimed(thread: Thread, count: number, claim: typeof claimRun = claimRun): number {
  const slab = claim(thread.core, count, false);
  thread.results.push(slab);
  for (let i = 0; slab !== 0 && i < count; i++) gain(thread.world, slab + i);
  // A step while the slabs are held, so that others can be seen to get them too.
  if (slab !== 0) acquire(thread.core.cells, thread.core.states + slab);
  return slab;
}

function release(thread: Thread, slab: number, count: number): void {
  if (slab === 0) return;
  for (let i = 0; i < count; i++) thread.world.owned.delete(slab + i);
  releaseSlabs(thread.core, slab, count);
}

/** Wants `count` slabs for anything, and does not keep them. */
export function borrow(thread: Thread, count: number): void {
  release(thread, claimed(thread, count), count);
}

function claimAndRelease(count: number) {
  return (thread: Thread): void => {
    borrow(thread, count);
  };
}

export const pool: readonly Scenario[] = [
  {
    name: 'two threads claim the last slab',
    of: 'slab acquire and release',
    prepare(world) {
      fillUp(world, 1);
    },
    threads: [claimAndRelease(1), claimAndRelease(1)],
  },
  {
    name: 'one claims what the other releases, twice',
    of: 'slab acquire and release',
    prepare(world) {
      fillUp(world, 2);
    },
    threads: [
      (t) => {
        release(t, claimed(t, 1), 1);
        release(t, claimed(t, 1), 1);
      },
      claimAndRelease(2),
    ],
  },
  {
    name: 'runs that overlap',
    of: 'slab acquire and release',
    prepare(world) {
      fillUp(world, 3);
    },
    threads: [claimAndRelease(2), claimAndRelease(3)],
  },
  {
    name: 'three threads claim from two slabs',
    of: 'slab acquire and release',
    prepare(world) {
      fillUp(world, 2);
    },
    threads: [claimAndRelease(1), claimAndRelease(1), claimAndRelease(1)],
  },
  {
    name: 'a search for lost slabs beside claims and releases',
    of: 'slab acquire and release',
    prepare(world) {
      fillUp(world, 1);
    },
    threads: [
      claimAndRelease(1),
      (t) => {
        findLost(t.core);
        release(t, claimed(t, 1, acquireRun), 1);
      },
    ],
  },
];
