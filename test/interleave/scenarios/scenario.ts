/**
 * What a scenario is: threads that do a few calls at once, on a heap that `prepare` has set up.
 *
 * Everything in this folder is made resumable like the library itself, so the functions here read
 * as plain code and may be interrupted at each step.
 */
import { Allocator } from '../../../src/allocator.js';
import type { Core } from '../../../src/base/core.js';
import { SLAB_BYTES, SLAB_SHIFT } from '../../../src/base/layout.js';
import { flushCaches } from '../../../src/cache/flush.js';
import { freeRun, mallocRun } from '../../../src/large/run.js';
import { emptyBigCache } from '../../../src/superslab/bigcache.js';
import type { HeapOptions } from '../../../src/options.js';

/** The library's malloc and free on one thread. */
export class Hand extends Allocator {
  static on(core: Core): Hand {
    return new Hand(core);
  }
}

/** The host's number of a scenario's thread. */
export const osThreadOf = (index: number): number => 100 + index;

export interface Thread {
  world: World;
  core: Core;
  heap: Hand;
  /** Blocks in use that this thread holds. */
  held: number[];
  /** Calls under way that may make one more block, and the block whose free is under way. */
  appearing: number;
  going: number;
  /** What the scenario wants to remember of a run, for its `check`. */
  results: number[];
}

export interface World {
  threads: Thread[];
  /** Blocks and slabs that somebody holds at this moment, and what was seen to go wrong with them. */
  owned: Set<number>;
  problem: string | undefined;
  /** Whether a thread has died. Who asks knows from here on what it did, as the host's event tells. */
  hasDied: (index: number) => boolean;
  /** A thread of its own that takes no part in the run, and cleans up after it. */
  keeper: Thread;
}

export interface Scenario {
  name: string;
  /** Which structure it is about. */
  of: string;
  heap?: HeapOptions;
  /** Threads without a record when the run begins, as bits. */
  unattached?: number;
  /** Threads whose record stays in use, as that of one that died: nobody runs as them. */
  ghosts?: number;
  /** Makes the heap as it is when the threads start; it may act as each of them. */
  prepare?: (world: World) => void;
  threads: ((thread: Thread, world: World) => void)[];
  /** Says what is wrong with the results of a run in which nobody died. */
  check?: (world: World) => string | undefined;
}

/** Notes that this thread holds something from here on. */
export function gain(world: World, what: number): void {
  if (world.owned.has(what)) world.problem ??= `${what} was handed out while it was held`;
  world.owned.add(what);
}

/** Ends a call that made a block, if it did: from here on the block is in the ledger. */
export function taken(thread: Thread, block: number): number {
  if (block !== 0) {
    gain(thread.world, block);
    thread.held.push(block);
  }
  thread.appearing--;
  return block;
}

/** malloc, with the block in the ledger; 0 when there is none. */
export function take(thread: Thread, size: number): number {
  thread.appearing++;
  return taken(thread, thread.heap.malloc(size));
}

/** The same with a run of so many slabs. */
export function takeSlabs(thread: Thread, slabs: number): number {
  thread.appearing++;
  return taken(thread, mallocRun(thread.core, slabs * SLAB_BYTES));
}

export function takeMany(thread: Thread, count: number, size: number): void {
  for (let i = 0; i < count; i++) take(thread, size);
}

/** free of a block that this thread holds. */
export function give(thread: Thread, block: number): void {
  thread.going = block;
  thread.held.splice(thread.held.indexOf(block), 1);
  thread.world.owned.delete(block);
  thread.heap.free(block);
  thread.going = 0;
}

/** Gives up to `count` of the blocks that this thread holds, the first ones first. */
export function giveMany(thread: Thread, count: number): void {
  for (let i = Math.min(count, thread.held.length); i > 0; i--) give(thread, thread.held[0]!);
}

/** Hands the first `count` blocks over, as a program does between its threads. */
export function handOver(from: Thread, to: Thread, count: number): void {
  to.held.push(...from.held.splice(0, count));
}

/** Takes every slab of the heap but `leave`, the lowest ones. */
export function fillUp({ keeper }: World, leave: number): void {
  const runs: number[] = [];
  for (;;) {
    const run = mallocRun(keeper.core, SLAB_BYTES);
    if (run === 0) break;
    runs.push(run);
  }
  for (const run of runs.splice(0, leave)) freeRun(keeper.core, run >>> SLAB_SHIFT);
  emptyBigCache(keeper.core);
  keeper.held.push(...runs);
}

/** What this thread caches goes to its slabs, which stay its own. */
export function flush(thread: Thread): void {
  flushCaches(thread.core);
}
