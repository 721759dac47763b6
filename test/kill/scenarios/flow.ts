/** Blocks with a size class: refill, spill, remote frees, drains, orphans, adoption. */
import { FREE_MARK } from '../../../src/base/layout.js';
import { alternate, codeOf, KiB, MiB, refusalOf, type Scenario, SIZES } from './scenario.js';

export const flow: readonly Scenario[] = [
  {
    name: 'malloc and free of every tier',
    act({ victim }) {
      for (const size of SIZES) {
        const count = size > 30_000 ? 6 : size > 900 ? 40 : 150;
        victim.freeAll(victim.take(count, size));
      }
    },
  },
  {
    name: 'slabs that fill up, empty and go back',
    prepare({ victim }) {
      victim.malloc(16);
    },
    act({ victim }) {
      const ptrs = victim.take(170, 1024);
      victim.freeAll(alternate(ptrs));
      const more = victim.take(40, 1024);
      victim.freeAll([...alternate(ptrs, 1), ...more]);
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(70, 1024));
    },
  },
  {
    name: "free of another thread's blocks",
    prepare({ peer, victim, blocks }) {
      victim.malloc(16);
      for (const size of [100, 1000, 20_000]) blocks.push(...peer.take(150_000 / size, size));
    },
    act({ victim, blocks }) {
      victim.freeAll(blocks);
      victim.heap.flush();
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(100, 100));
    },
  },
  {
    name: 'free of blocks in orphaned slabs',
    prepare({ peer, victim, blocks }) {
      victim.malloc(16);
      for (const size of [200, 1000, 40_000]) blocks.push(...peer.take(130_000 / size, size));
      peer.heap.flush();
    },
    act({ victim, blocks }) {
      victim.freeAll(blocks);
      victim.heap.flush();
    },
    meddle({ peer }) {
      peer.take(3, 200);
      peer.heap.flush();
    },
  },
  {
    name: 'malloc after others freed into the own slabs',
    prepare({ peer, victim }) {
      const ptrs = [...victim.take(200, 500), ...victim.take(20, 6000)];
      peer.freeAll(ptrs);
      for (let i = 0; i < 8; i++) peer.heap.malloc(500);
      peer.heap.flush();
      for (const { ptr } of [...peer.heap.blocks()]) if (peer.heap.owns(ptr)) peer.free(ptr);
      peer.heap.flush();
    },
    act({ victim }) {
      victim.freeAll([...victim.take(100, 500), ...victim.take(20, 6000)]);
      victim.freeAll(victim.take(300, 500));
    },
  },
  {
    name: 'adoption of orphans, with blocks to give and without',
    prepare({ peer, victim, blocks }) {
      victim.malloc(16);
      const full = peer.take(64, 1024);
      blocks.push(...alternate(peer.take(64, 1024)), ...full);
      peer.freeAll(alternate(peer.take(100, 48)));
      peer.heap.flush();
    },
    act({ victim }) {
      victim.take(70, 1024);
      victim.take(80, 48);
      victim.heap.flush();
    },
    meddle({ peer }) {
      peer.take(3, 1024);
      peer.heap.flush();
    },
  },
  {
    name: 'hints of orphans that are no more',
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.take(5, 3000);
      peer.heap.flush();
      peer.take(5, 3000);
    },
    act({ victim }) {
      victim.take(5, 3000);
    },
    meddle({ peer }) {
      peer.take(2, 3000);
      peer.heap.flush();
    },
  },
  {
    name: 'magazines that others put, and their slots',
    prepare({ peer, victim }) {
      victim.malloc(16);
      peer.freeAll([...peer.take(400, 64), ...peer.take(60, 8 * KiB)]);
    },
    act({ victim }) {
      victim.freeAll([...victim.take(400, 64), ...victim.take(60, 8 * KiB)]);
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(200, 64));
    },
  },
  {
    name: 'idle memory that goes back before a new peak',
    prepare({ peer, victim, blocks }) {
      for (const size of [100, 1000, 3000, 20_000]) {
        blocks.push(victim.malloc(size), peer.malloc(size));
        victim.freeAll(victim.take(4, size));
      }
      peer.freeAll(victim.take(40, 500));
      peer.freeAll(peer.take(400, 64));
    },
    act({ victim, blocks }) {
      victim.freeAll(blocks.splice(0));
      victim.freeAll(victim.take(12, 64 * KiB));
      victim.free(victim.malloc(2 * MiB));
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(100, 500));
    },
  },
  {
    name: 'calls of every kind',
    prepare({ victim, blocks }) {
      blocks.push(victim.malloc(5000));
    },
    act({ victim, blocks }) {
      const { heap } = victim;
      const ptrs = [
        victim.calloc(100),
        victim.calloc(2000),
        victim.memalign(4096, 100),
        victim.memalign(65536, 300 * KiB),
        victim.mallocAs(20),
        victim.callocAs(700),
        victim.realloc(0, 10),
        victim.realloc(blocks[0]!, 9000),
      ];
      for (const ptr of ptrs) heap.owns(ptr + 8);
      for (const ptr of ptrs) heap.usableSize(ptr);
      ptrs[0] = victim.realloc(ptrs[0]!, 50);
      ptrs[1] = victim.realloc(ptrs[1]!, 3000);
      victim.free(ptrs.pop()!);
      ptrs.push(victim.calloc(9000), victim.calloc(9000));
      victim.free(victim.calloc(50));
      victim.free(victim.calloc(50));
      const { buffer } = heap.u8;
      for (const ptr of ptrs) victim.free(ptr, new Uint8Array(buffer, ptr, 4));
    },
  },
  {
    name: 'calls that are refused',
    prepare({ victim, blocks }) {
      blocks.push(victim.malloc(5000), victim.malloc(4));
      // More than a cache holds, so that some wait in magazines.
      victim.freeAll(victim.take(400, 4));
    },
    act({ victim: { heap }, blocks }) {
      const foreign = new Uint8Array(new SharedArrayBuffer(65536), 16, 4);
      codeOf(() => heap.free(blocks[0]! + 8));
      codeOf(() => heap.free(foreign));
      codeOf(() => heap.free(new Uint8Array(4)));
      codeOf(() => heap.free('no block' as never));
      codeOf(() => heap.malloc(-1));
      codeOf(() => heap.realloc(blocks[0]!, NaN));
      codeOf(() => heap.reclaim(5));
      heap.owns(blocks[0]! + 5000);
      // A block in use that looks like a free one; it is too short for the test's own stamp.
      heap.i32[blocks[1]! / 4] = blocks[1]! ^ FREE_MARK;
      heap.owns(blocks[1]!);
    },
  },
  {
    name: "calls of realloc that another thread's free overtakes",
    prepare({ victim, blocks }) {
      blocks.push(...victim.take(2, 100));
    },
    act({ victim, blocks }) {
      for (const ptr of blocks) refusalOf(() => victim.realloc(ptr, 5000));
    },
    meddle({ peer, ledger, blocks }) {
      // The program's mistake: one of the two is refused.
      for (const ptr of blocks) if (ledger.live.has(ptr)) refusalOf(() => peer.free(ptr));
    },
  },
  {
    name: 'an arena',
    act({ cast, victim }) {
      victim.heap.arena();
      const arena = new cast.victim.Arena(victim.host, { chunkBytes: 4096 });
      arena.alloc(1000);
      const mark = arena.mark();
      for (let i = 0; i < 12; i++) arena.alloc(900, 64);
      arena.allocAs(Float32Array, 5000);
      arena.rewind(mark);
      for (let i = 0; i < 12; i++) arena.alloc(900);
      arena.reset();
      arena.alloc(9000);
      arena.reset();
      arena.alloc(100);
      codeOf(() => arena.alloc(-1));
      codeOf(() => arena.alloc(10, 3));
      codeOf(() => arena.alloc(10, 1.5));
      codeOf(() => arena.allocAs(Float32Array, -1));
      codeOf(() => arena.allocAs(Float32Array, 2 ** 40));
      if (arena.allocatedBytes === 0) throw new Error('nothing in the arena');
      arena[Symbol.dispose]();
    },
  },
];
