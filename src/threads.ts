/**
 * The heaps that this thread is attached to: one Heap for each, however often its handle arrives,
 * and all of them detached when the thread ends by itself.
 *
 * They are held weakly. A Heap that the program dropped without detaching is detached once the
 * garbage collector found it, so its thread record and its caches are not lost.
 */
import type { Core } from './base/core.js';
import { HakmemError } from './base/errors.js';
import { identityOf, sameMemory } from './handle.js';
import { onThreadEnd } from './platform.js';
import { detachThread } from './thread/detach.js';

interface Detachable {
  detach(): void;
}

interface Attached<T extends object> {
  readonly core: Core;
  readonly heap: WeakRef<T>;
}

/** Detaches a core whose Heap is gone. */
function leave(core: Core): void {
  if (core.thread < 0) return;
  try {
    core.refresh();
    detachThread(core);
  } catch (error) {
    // Nobody is there to catch it: a damaged heap must not end the process.
    if (!(error instanceof HakmemError)) throw error;
  }
  core.thread = -1;
}

export class AttachedHeaps<T extends Detachable> {
  /** By identity; more than one only where a heap's bytes were copied into another buffer. */
  private readonly heaps = new Map<string, Attached<T>[]>();
  private readonly dropped = new FinalizationRegistry<Core>((core) => {
    this.remove(core);
    leave(core);
  });
  private listening = false;

  find(core: Core): T | undefined {
    for (const entry of this.heaps.get(identityOf(core)) ?? []) {
      const heap = entry.heap.deref();
      if (heap && sameMemory(entry.core, core.buffer)) return heap;
    }
    return undefined;
  }

  add(core: Core, heap: T): void {
    const identity = identityOf(core);
    const entries = this.heaps.get(identity) ?? [];
    entries.push({ core, heap: new WeakRef(heap) });
    this.heaps.set(identity, entries);
    this.dropped.register(heap, core, core);
    if (this.listening) return;
    this.listening = true;
    onThreadEnd(() => {
      for (const { core, heap } of [...this.heaps.values()].flat()) {
        // The debug build's heap has more to leave, and something to say.
        if (FLAGS.HAKMEM_BUILD_HARDENED) heap.deref()?.detach();
        leave(core);
      }
    });
  }

  remove(core: Core): void {
    this.dropped.unregister(core);
    const identity = identityOf(core);
    const entries = (this.heaps.get(identity) ?? []).filter((entry) => entry.core !== core);
    if (entries.length > 0) this.heaps.set(identity, entries);
    else this.heaps.delete(identity);
  }
}
