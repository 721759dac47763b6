/**
 * The heaps that this thread is attached to: one Heap for each, however often its handle arrives,
 * and all of them detached when the thread ends by itself.
 *
 * They are held weakly. A Heap that the program dropped without detaching is detached once the
 * garbage collector found it, so its thread record and its caches are not lost.
 */
import { type Core, DETACHED, refreshViews } from './base/core.js';
import { HakmemError } from './base/errors.js';
import { identityOf, sameIdentity, sameMemory } from './handle.js';
import { emptyHand } from './hardened/hand.js';
import { onThreadEnd, type WorkerLike } from './platform.js';
import { resume } from './resume.js';
import { detachThread } from './thread/detach.js';

interface Detachable {
  readonly attached: boolean;
  detach(): void;
}

interface Attached {
  readonly core: Core;
  readonly heap: WeakRef<Detachable>;
}

/** Detaches a core whose Heap is gone. */
function leave(core: Core): void {
  if (core.thread === DETACHED) return;
  try {
    resume(core);
    refreshViews(core);
    if (FLAGS.HAKMEM_BUILD_HARDENED) emptyHand(core);
    detachThread(core);
  } catch (error) {
    // Nobody is there to catch it: a damaged heap must not end the process.
    if (!(error instanceof HakmemError)) throw error;
  } finally {
    core.thread = DETACHED;
  }
}

/** By `identityOf`, which two heaps share by chance alone, or where the bytes of one were copied. */
const heaps = new Map<number, Attached[]>();
const dropped = new FinalizationRegistry<Core>((core) => {
  forgetHeap(core);
  leave(core);
});
/**
 * The Heaps that watch a worker, or watched it until it exited. No field of theirs: a Heap that is posted
 * in place of its handle would not be cloned, and `attach`, which tells what was meant, would never see it.
 */
const watchers = new WeakMap<WorkerLike, WeakSet<Detachable>>();
/** What they do when a worker exits, all by one listener: Node warns of more than ten. */
const exits = new WeakMap<WorkerLike, Map<Detachable, () => void>>();
const threadEnd = { awaited: false };

/** This thread's Heap of a heap, if it is attached. */
export function attachedHeap(core: Core): Detachable | undefined {
  const entries = heaps.get(identityOf(core));
  return entries?.find((entry) => showsHeapOf(entry, core))?.heap.deref();
}

function showsHeapOf({ core, heap }: Attached, other: Core): boolean {
  return (
    core.thread !== DETACHED &&
    !!heap.deref() &&
    sameIdentity(core, other) &&
    sameMemory(core, other.buffer)
  );
}

export function noteHeap(core: Core, heap: Detachable): void {
  const identity = identityOf(core);
  const entries = heaps.get(identity);
  const entry = { core, heap: new WeakRef(heap) };
  if (entries) entries.push(entry);
  else heaps.set(identity, [entry]);
  dropped.register(heap, core, core);
  if (threadEnd.awaited) return;
  threadEnd.awaited = true;
  onThreadEnd(leaveAll);
}

function leaveAll(): void {
  for (const { core, heap } of [...heaps.values()].flat()) {
    if (FLAGS.HAKMEM_BUILD_HARDENED) detachHardened(heap.deref());
    leave(core);
  }
}

/** The debug build's heap has more to leave, and something to say. */
function detachHardened(heap: Detachable | undefined): void {
  try {
    heap?.detach();
  } catch (error) {
    // As in `leave`, which does what is left to do.
    if (!(error instanceof HakmemError)) throw error;
  }
}

export function forgetHeap(core: Core): void {
  dropped.unregister(core);
  const identity = identityOf(core);
  const entries = heaps.get(identity) ?? [];
  if (entries.length > 1) {
    heaps.set(
      identity,
      entries.filter((entry) => entry.core !== core),
    );
  } else if (entries[0]?.core === core) heaps.delete(identity);
}

export function isWatching(heap: Detachable, worker: WorkerLike): boolean {
  return watchers.get(worker)?.has(heap) ?? false;
}

/** A Heap watches a worker, until that exits or the Heap detaches. */
export function startWatching(heap: Detachable, worker: WorkerLike, exited: () => void): void {
  let works = exits.get(worker);
  if (!works) {
    const first = new Map<Detachable, () => void>();
    worker.once('exit', () => {
      exits.delete(worker);
      callAll([...first.values()]);
    });
    exits.set(worker, first);
    works = first;
  }
  // Or a worker that outlives many of them would keep their buffers.
  for (const other of works.keys()) if (!other.attached) works.delete(other);
  works.set(heap, exited);
  const watching = watchers.get(worker) ?? new WeakSet();
  watchers.set(worker, watching.add(heap));
}

/** Calls each of these, the last first, whatever one of them throws. */
function callAll(works: (() => void)[]): void {
  const work = works.pop();
  if (!work) return;
  try {
    work();
  } finally {
    callAll(works);
  }
}
