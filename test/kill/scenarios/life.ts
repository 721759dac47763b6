/** A thread's own life: attach, views, flush, detach. */
import type { Heap, HeapOptions } from '../../../src/index.js';
import { clone } from '../../support/handles.js';
import { checkAfterReclaim, reclaimAllBut } from '../aftermath.js';
import type { Stage } from '../stage.js';
import { codeOf, KiB, MiB, refusalOf, type Scenario, SIZES } from './scenario.js';

/** What a heap's creator may die with: a memory that nobody else has been told of yet. */
const memories = new WeakMap<Stage, WebAssembly.Memory>();

const inMemory = (stage: Stage): HeapOptions => ({
  memory: memories.get(stage)!,
  maximumBytes: 4 * MiB,
  maxThreads: 3,
});

export const life: readonly Scenario[] = [
  {
    // Nobody knows of this heap: whatever its creator leaves goes with the buffer.
    name: 'create',
    act({ cast }) {
      cast.victim.Heap.create({ maxThreads: 2, prewarm: 0 });
      const config = { front: { cacheBlocks: 30 }, bigCache: { slots: 4 } };
      cast.victim.Heap.create({ maximumBytes: 4 * MiB, maxThreads: 2, prewarm: 0, config });
      codeOf(() => cast.victim.Heap.create({ config: { mid: { cacheBlocks: -1 } } }));
      codeOf(() => cast.victim.Heap.create({ config: { none: {} } as never }));
      codeOf(() => cast.victim.Heap.create({ config: { mid: { none: 1 } } as never }));
    },
  },
  {
    name: 'create in a WebAssembly.Memory',
    prepare(stage) {
      memories.set(stage, new WebAssembly.Memory({ initial: 33, maximum: 64, shared: true }));
    },
    act(stage) {
      stage.cast.victim.Heap.create({ ...inMemory(stage), prewarm: 2 });
    },
    after(stage) {
      // Either there is no heap yet, or one that can be attached to, with a thread to reclaim.
      const memory = memories.get(stage)!;
      const { Heap } = stage.cast.keeper;
      const { buffer } = memory as unknown as { buffer: SharedArrayBuffer };
      let heap: Heap | undefined;
      const none = refusalOf(() => {
        heap = Heap.attach({ kind: 'hakmem', buffer, memory, base: 0 }, { prewarm: 0 });
      });
      if (none && !none.startsWith('cannot attach')) throw new Error(none);
      heap ??= Heap.create({ ...inMemory(stage), prewarm: 0 });
      reclaimAllBut(heap, [heap.threadId]);
      checkAfterReclaim(heap, { live: new Map(), pending: [] }, [], false);
    },
  },
  {
    name: 'attach with prewarmed caches',
    act(stage) {
      const hand = stage.enter('victim', 40);
      // The same heap again, by another clone of its handle.
      stage.cast.victim.Heap.attach(clone(stage.handle));
      hand.malloc(100);
    },
  },
  {
    name: 'attach to a WebAssembly.Memory',
    options: () => ({
      memory: new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true }),
      maximumBytes: 4 * MiB,
    }),
    act(stage) {
      stage.enter('victim', 4);
    },
  },
  {
    name: 'attach where there is no room',
    options: () => ({ initialBytes: 2 * MiB, maximumBytes: 2 * MiB }),
    prepare({ peer }) {
      peer.take(100, 30 * KiB);
    },
    act(stage) {
      stage.enter('victim', 40);
    },
  },
  {
    name: 'attach to a record that others have used',
    prepare(stage) {
      const former = stage.enter('former', 10);
      former.freeAll(former.take(40, 100));
      former.heap.detach();
    },
    act(stage) {
      stage.enter('victim', 4);
    },
  },
  {
    name: 'attach where orphans wait',
    prepare(stage) {
      const former = stage.enter('former', 10);
      former.take(3, 100);
      former.heap.detach();
    },
    act(stage) {
      stage.enter('victim', 4).heap.detach();
    },
  },
  {
    name: 'flush and detach after work',
    prepare({ peer, victim, blocks }) {
      for (const size of SIZES) {
        const ptrs = victim.take(size > 30_000 ? 4 : 60, size);
        victim.freeAll(ptrs.slice(0, ptrs.length / 3));
        peer.freeAll(ptrs.slice((2 * ptrs.length) / 3));
      }
      blocks.push(...peer.take(20, 100));
      victim.free(victim.malloc(500 * KiB));
    },
    act({ victim, blocks }) {
      victim.freeAll(blocks);
      victim.heap.flush();
      victim.take(30, 100);
      victim.heap.detach();
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(30, 100));
    },
  },
  {
    name: 'views and looks inside',
    prepare({ victim }) {
      victim.malloc(5000);
    },
    act({ victim }) {
      const { heap } = victim;
      const views = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'f64', 'u64', 'i64'] as const;
      for (const name of views) if (heap[name].length === 0) throw new Error(name);
      clone(heap.handle);
      heap.stats();
      heap.config();
      heap.resetStats();
      heap.verify();
      [...heap.blocks()].at(0);
      heap[Symbol.dispose]();
    },
  },
];
