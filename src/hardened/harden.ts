/**
 * The heap of the debug build: every method that hands out, takes back or counts blocks goes through
 * a guard. `Heap` makes one of these instead of itself where the build's flag says so.
 */
import type { Allocator } from '../allocator.js';
import { type Core, refreshViews } from '../base/core.js';
import { invalidOption, isOwnError } from '../base/errors.js';
import { R_IN_HAND } from '../base/offsets.js';
import { type OptionNames, optionsOf } from '../base/requests.js';
import type { BlockInfo } from '../inspect/blocks.js';
import type { HeapStats } from '../inspect/stats.js';
import type { HeapReport } from '../inspect/verify.js';
import { resizeRun } from '../large/run.js';
import { abandonRecord } from '../thread/detach.js';
import { usedBlocks } from './census.js';
import { Guard } from './guard.js';
import type { LeakReport } from './leak-report.js';
import { leaksOf } from './leaks.js';
import { reportWith, statsWithout } from './report.js';

/** The part of Heap that a guard stands before. */
interface Unguarded extends Allocator {
  flush(): void;
  detach(): void;
  stats(): HeapStats;
  verify(): HeapReport;
  blocks(): IterableIterator<BlockInfo>;
  reclaimRecord(threadId: number, state: number): object | undefined;
}

type HeapClass = new (core: Core) => Unguarded;

/** What the debug build's heap has beyond the others'. */
export interface Guarded {
  leaks(options?: LeakOptions): LeakReport;
}

interface LeakOptions {
  threadId?: number;
}
const LEAK_OPTIONS: OptionNames<LeakOptions> = { threadId: true };

const made = new WeakMap<HeapClass, HeapClass>();

/** A heap of this class, guarded. */
export function hardened<H>(heapClass: { readonly prototype: H }, core: Core): H {
  const plain = heapClass as unknown as HeapClass;
  const guarded = made.get(plain) ?? harden(plain);
  made.set(plain, guarded);
  return new guarded(core) as H;
}

function harden(Heap: HeapClass): HeapClass {
  class GuardedHeap extends Heap implements Guarded {
    readonly #guard: Guard;

    constructor(core: Core) {
      super(core);
      this.#guard = new Guard(core, {
        malloc: (size) => super.malloc(size),
        calloc: (count, size) => super.calloc(count, size),
        memalign: (alignment, size) => super.memalign(alignment, size),
        free: (ptr) => {
          super.free(ptr);
          this.core.cells[this.core.record + R_IN_HAND] = 0;
        },
        routed: (target) => this.routed(target),
        owns: (ptr) => super.owns(ptr),
        ensureConnected: () => this.ensureConnected(),
        resizeRun: (slab, bytes) => this.interruptible(resizeRun, slab, bytes),
      });
    }

    override malloc(size: number): number {
      return this.#guard.malloc(size, methods.malloc);
    }

    override calloc(count: number, size: number): number {
      return this.#guard.calloc(count, size, methods.calloc);
    }

    override memalign(alignment: number, size: number): number {
      return this.#guard.memalign(alignment, size, methods.memalign);
    }

    override realloc(ptr: number, size: number): number {
      return this.#guard.realloc(ptr, size, methods.realloc);
    }

    override free(target: number | ArrayBufferView): void {
      // The allocator looks at a view and comes back with its address.
      if (typeof target !== 'number') super.free(target);
      else this.#guard.free(target, methods.free);
    }

    override usableSize(ptr: number): number {
      return this.#guard.usableSize(ptr);
    }

    override owns(ptr: number): boolean {
      return this.#guard.owns(ptr);
    }

    override flush(): void {
      this.#guard.release();
      super.flush();
    }

    override detach(): void {
      if (!this.attached) this.ensureConnected();
      let damage: unknown;
      const attempt = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          if (!isOwnError(error)) throw error;
          damage ??= error;
        }
      };
      const leave = (): void => {
        super.detach();
      };
      // Damage does not keep a thread: it is told of when the thread has left.
      attempt(() => {
        this.#guard.leave();
      });
      attempt(leave);
      // As a thread that an error threw out of a call, this brings back first what it can.
      if (this.attached) attempt(leave);
      if (this.attached) abandonRecord(this.core);
      if (damage !== undefined) throw damage as Error;
    }

    override reclaimRecord(threadId: number, state: number): object | undefined {
      this.#guard.recover();
      return super.reclaimRecord(threadId, state);
    }

    override stats(): HeapStats {
      this.#guard.recover();
      return statsWithout(this.core, super.stats());
    }

    override verify(): HeapReport {
      this.#guard.recover();
      return reportWith(this.core, super.verify());
    }

    override blocks(): IterableIterator<BlockInfo> {
      this.#guard.recover();
      refreshViews(this.core);
      this.sync();
      return usedBlocks(this.core);
    }

    leaks(options?: LeakOptions): LeakReport {
      this.#guard.recover();
      const { threadId } = optionsOf(options, LEAK_OPTIONS);
      const last = this.core.geometry.maxThreads - 1;
      if (
        threadId !== undefined &&
        !(Number.isInteger(threadId) && threadId >= 0 && threadId <= last)
      ) {
        throw invalidOption('threadId', threadId, `must be an integer from 0 to ${last}`);
      }
      refreshViews(this.core);
      this.sync();
      return leaksOf(this.core, this.#guard.sites, threadId);
    }
  }
  // The functions on the stack whose callers are call sites.
  const methods = GuardedHeap.prototype as unknown as Readonly<Record<string, unknown>>;
  return GuardedHeap;
}
