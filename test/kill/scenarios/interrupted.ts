/** A thread that goes on after an error threw it out of the middle of a call. */
import { interrupt } from '../../support/interrupt.js';
import { dieUnseen, watchOfDead } from './reclaiming.js';
import { KiB, MiB, type Scenario, SIZES } from './scenario.js';

/** Of the scenario that is prepared: tells the victim of a thread's end. */
let tellOfEnd: () => void;

/** A resize in place that was interrupted when it had bound, or claimed, two slabs. */
const resized = (from: number, to: number): Scenario => ({
  name: `a call after a block of ${from} KiB was not made one of ${to} KiB`,
  options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
  prepare({ victim, blocks }) {
    blocks.push(victim.malloc(from * KiB));
    interrupt('store', 3, () => victim.realloc(blocks[0]!, to * KiB));
  },
  act({ victim, blocks }) {
    // Throws where the block is in use no more.
    victim.heap.usableSize(blocks[0]!);
    victim.malloc(100);
  },
});

export const interrupted: readonly Scenario[] = [
  {
    name: 'a call after one that an error ended',
    prepare({ peer, victim }) {
      const ptrs = SIZES.flatMap((size) => victim.take(size > 30_000 ? 4 : 60, size));
      peer.freeAll(ptrs.splice(0, 100));
      victim.freeAll(ptrs.splice(0, 100));
      victim.free(victim.malloc(500 * KiB));
      interrupt('or', 4, () => {
        victim.heap.flush();
      });
    },
    act({ victim }) {
      victim.freeAll(victim.take(20, 100));
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(100, 100));
    },
  },
  {
    name: 'detach after a call that an error ended',
    prepare({ victim }) {
      victim.malloc(100);
      interrupt('compareExchange', 2, () => victim.take(2, 3000));
    },
    act({ victim }) {
      victim.heap.detach();
    },
  },
  {
    name: 'reclaim by watch after a call that an error ended',
    prepare(stage) {
      dieUnseen(stage);
      const { victim } = stage;
      victim.malloc(100);
      tellOfEnd = watchOfDead(victim.heap);
      interrupt('compareExchange', 1, () => victim.take(2, 3000));
    },
    act({ victim }) {
      tellOfEnd();
      if (victim.heap['core'].thread < 0)
        throw new Error('a thread without a number has reclaimed');
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(30, 100));
    },
  },
  {
    name: 'a call after a block was made shorter, and its tail not given back',
    options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
    prepare({ victim, blocks }) {
      blocks.push(victim.malloc(700 * KiB));
      interrupt('or', 1, () => victim.realloc(blocks[0]!, 300 * KiB));
    },
    act({ victim }) {
      victim.malloc(100);
    },
  },
  resized(300, 700),
  resized(700, 300),
];
