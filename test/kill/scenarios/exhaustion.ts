/** A heap without room: the last blocks, the flush that looks for more, and the answer 0. */
import { alternate, codeOf, KiB, MiB, type Scenario } from './scenario.js';

const TINY_HEAP = () => ({ initialBytes: 4 * MiB, maximumBytes: 4 * MiB });

export const exhaustion: readonly Scenario[] = [
  {
    name: 'an arena without room',
    options: TINY_HEAP,
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.freeAll(peer.take(100, 60 * KiB).slice(0, 3));
      peer.heap.flush();
    },
    act({ cast, victim }) {
      const arena = new cast.victim.Arena(victim.host, { chunkBytes: 8 * KiB });
      arena.alloc(4000);
      arena.alloc(6000);
      arena.reset({ retainBytes: MiB });
      codeOf(() => arena.alloc(MiB));
      const full = new cast.victim.Arena(victim.host, { chunkBytes: MiB });
      full.alloc(100);
    },
  },
  {
    name: 'the last blocks of a heap',
    options: TINY_HEAP,
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.take(100, 60 * KiB);
    },
    act({ victim }) {
      const last = [300 * KiB, 40_000, 3000, 100].flatMap((size) => victim.take(3000, size));
      victim.freeAll(alternate(last));
      victim.take(2, 300 * KiB);
    },
  },
  {
    name: 'a heap whose room waits in caches, magazines and orphans',
    options: TINY_HEAP,
    prepare({ peer, victim, blocks }) {
      victim.malloc(16);
      const ptrs = peer.take(4000, 1000);
      peer.freeAll(ptrs.filter((_, index) => index % 3 !== 0));
      peer.heap.flush();
      blocks.push(...ptrs.filter((_, index) => index % 3 === 0));
    },
    act({ victim, blocks }) {
      victim.take(2, 70_000);
      victim.freeAll(blocks);
      const ptrs = victim.take(100, 70_000);
      victim.freeAll(ptrs);
    },
  },
];
