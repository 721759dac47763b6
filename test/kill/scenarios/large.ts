/** Runs of slabs of their own: the pool, the BigCache, runs across SuperSlabs, growth. */
import { codeOf, KiB, MiB, type Scenario, SMALL_HEAP } from './scenario.js';

/** A block that a thread resizes in place, and that another frees once that thread is dead. */
const resizedAndFreed = (from: number, to: number): Scenario => ({
  name: `a Large block of ${from} KiB made ${to} KiB, which another thread frees afterwards`,
  // So large that run caches keep such blocks.
  options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
  prepare({ victim, blocks }) {
    blocks.push(victim.malloc(from * KiB));
  },
  act({ victim, blocks }) {
    victim.realloc(blocks[0]!, to * KiB);
  },
  after({ peer, blocks }) {
    const [ptr] = blocks as [number];
    if (peer.heap.owns(ptr)) peer.free(ptr);
    // Nor may a run cache keep what reclaim is about to release.
    else codeOf(() => peer.heap.free(ptr));
  },
});

export const large: readonly Scenario[] = [
  {
    name: 'Large blocks in and out of the run cache',
    options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      const first = victim.malloc(300 * KiB);
      const second = victim.malloc(700 * KiB);
      victim.free(first);
      victim.free(second);
      victim.free(victim.malloc(290 * KiB));
      victim.free(victim.calloc(310 * KiB));
      victim.free(victim.calloc(900 * KiB));
      const longer = victim.take(3, 1000 * KiB);
      for (const ptr of longer) victim.heap.usableSize(ptr);
      victim.freeAll(longer);
      victim.heap.owns(longer[0]);
      victim.free(victim.memalign(65536, 900 * KiB));
      victim.heap.flush();
    },
    meddle({ peer }) {
      peer.free(peer.malloc(300 * KiB));
    },
  },
  {
    // Longer than what a thread of so small a heap keeps.
    name: 'Large blocks in and out of the BigCache',
    options: SMALL_HEAP,
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      const first = victim.malloc(450 * KiB);
      const second = victim.malloc(700 * KiB);
      victim.free(first);
      victim.free(second);
      victim.free(victim.malloc(440 * KiB));
      victim.free(victim.calloc(480 * KiB));
      victim.free(victim.calloc(900 * KiB));
    },
    meddle({ peer }) {
      peer.free(peer.malloc(450 * KiB));
    },
  },
  {
    name: 'more Large blocks freed than the BigCache has slots for their length',
    prepare({ victim, blocks }) {
      blocks.push(...victim.take(7, 320 * KiB));
    },
    act({ victim, blocks }) {
      victim.freeAll(blocks);
    },
  },
  {
    name: 'Large blocks that grow and shrink in place',
    prepare({ victim, blocks }) {
      blocks.push(victim.malloc(400 * KiB));
    },
    act({ victim, blocks }) {
      let ptr = blocks[0]!;
      for (const kib of [600, 900, 500, 300, 1000, 290]) ptr = victim.realloc(ptr, kib * KiB);
      victim.free(ptr);
    },
    meddle({ peer }) {
      peer.free(peer.malloc(100 * KiB));
    },
  },
  resizedAndFreed(700, 300),
  resizedAndFreed(300, 700),
  {
    name: 'runs across SuperSlabs',
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      let ptr = victim.malloc(2 * MiB + 200 * KiB);
      ptr = victim.realloc(ptr, 1900 * KiB);
      victim.free(ptr);
      victim.free(victim.calloc(3 * MiB));
      victim.heap.flush();
    },
  },
  {
    name: 'a BigCache that has to give its runs up',
    prepare({ victim }) {
      victim.freeAll(victim.take(8, 500 * KiB));
    },
    act({ victim }) {
      const ptr = victim.malloc(3 * MiB);
      victim.free(ptr);
      victim.freeAll(victim.take(40, 100_000));
    },
  },
  {
    name: 'runs passed on in a heap that was larger before',
    options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
    prepare({ victim }) {
      victim.malloc(16);
      victim.free(victim.malloc(6 * MiB));
      victim.freeAll(victim.take(3, 500 * KiB));
    },
    act({ victim }) {
      victim.malloc(3000);
    },
  },
  {
    name: 'growth of a SharedArrayBuffer',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 10 * MiB }),
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      const ptrs = victim.take(14, 200 * KiB);
      const run = victim.malloc(3 * MiB);
      ptrs.push(...victim.take(10, 20 * KiB));
      victim.freeAll(ptrs);
      if (run !== 0) victim.free(run);
    },
    meddle({ peer }) {
      peer.free(peer.malloc(2200 * KiB));
    },
  },
  {
    name: 'blocks beyond a growth by another thread',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 16 * MiB }),
    prepare({ peer, victim, blocks }) {
      victim.malloc(16);
      const high = [1000, 9000, 70_000, 400 * KiB];
      peer.take(12, 250 * KiB);
      for (const size of high) blocks.push(...peer.take(8, size));
      peer.freeAll(peer.take(120, 64));
      peer.take(50, 3000);
      peer.heap.flush();
      peer.freeAll(peer.take(60, 8 * KiB));
      peer.free(peer.malloc(600 * KiB));
    },
    act({ victim, blocks }) {
      if (victim.heap.owns(blocks[0]!)) victim.freeAll(blocks);
      victim.take(20, 8 * KiB);
      victim.take(20, 3000);
      victim.malloc(600 * KiB);
    },
  },
  {
    name: 'the BigCache beyond a growth by another thread',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 16 * MiB }),
    prepare({ peer, victim }) {
      // It is there before the growth, and has taken no slab yet that it would tidy up for.
      victim.heap.owns(16);
      peer.take(12, 250 * KiB);
      peer.free(peer.malloc(1100 * KiB));
    },
    act({ victim }) {
      victim.free(victim.malloc(1100 * KiB));
    },
  },
  {
    name: 'orphans beyond a growth by another thread',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 16 * MiB }),
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.take(12, 250 * KiB);
      peer.take(100, 3000);
      peer.heap.flush();
    },
    act({ victim }) {
      victim.take(5, 3000);
    },
  },
  {
    name: 'magazines beyond a growth by another thread',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 16 * MiB }),
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.take(12, 250 * KiB);
      peer.freeAll(peer.take(100, 8 * KiB));
    },
    act({ victim }) {
      victim.take(5, 8 * KiB);
    },
  },
  {
    name: 'a flush that settles orphans beyond a growth by another thread',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 16 * MiB }),
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.take(12, 250 * KiB);
      peer.take(20, 3000);
      peer.heap.flush();
    },
    act({ victim }) {
      victim.heap.flush();
    },
  },
  {
    name: 'growth of a WebAssembly.Memory behind reserved bytes',
    options: () => ({
      memory: new WebAssembly.Memory({ initial: 64, maximum: 224, shared: true }),
      reservedBytes: 100 * KiB,
      maximumBytes: 12 * MiB,
    }),
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      const run = victim.malloc(5 * MiB);
      const ptrs = victim.take(20, 200 * KiB);
      victim.freeAll(ptrs);
      if (run !== 0) victim.free(run);
    },
  },
  {
    name: 'growth behind a used last SuperSlab',
    options: () => ({ initialBytes: 4 * MiB, maximumBytes: 14 * MiB }),
    prepare({ victim }) {
      victim.take(18, 200 * KiB);
    },
    act({ victim }) {
      const ptr = victim.malloc(4 * MiB + 300 * KiB);
      const other = victim.malloc(2 * MiB + 10 * KiB);
      if (ptr !== 0) victim.free(ptr);
      if (other !== 0) victim.free(other);
    },
  },
  {
    name: 'growth behind free SuperSlabs',
    options: () => ({ initialBytes: 6 * MiB, maximumBytes: 14 * MiB }),
    prepare({ victim }) {
      victim.take(1, 16);
    },
    act({ victim }) {
      victim.free(victim.malloc(7 * MiB));
    },
  },
  {
    name: 'slabs that a neighbour takes as they come free',
    prepare({ peer, victim, blocks }) {
      blocks.push(peer.malloc(400 * KiB), victim.malloc(600 * KiB));
    },
    act({ victim, blocks }) {
      victim.free(victim.realloc(blocks[1]!, 300 * KiB));
      victim.heap.flush();
    },
    meddle({ peer, blocks }) {
      peer.realloc(blocks[0]!, 800 * KiB);
    },
  },
  {
    name: 'a heap of which others took what was looked at',
    options: SMALL_HEAP,
    prepare({ victim }) {
      victim.take(1, 16);
    },
    act({ victim }) {
      const ptrs = [
        ...victim.take(3, 90_000),
        ...victim.take(4, 260_000),
        ...victim.take(3, 30_000),
      ];
      victim.freeAll(ptrs);
      victim.heap.flush();
    },
    meddle({ peer, ledger }) {
      const before = new Set(ledger.live.keys());
      peer.take(2, 90_000);
      peer.malloc(450_000);
      peer.freeAll([...ledger.live.keys()].filter((ptr) => !before.has(ptr)).slice(1));
      peer.heap.flush();
    },
  },
];
