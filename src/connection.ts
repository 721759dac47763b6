/**
 * Connection: what the fast paths see of a heap, and when they see nothing.
 *
 * Connected: every call finds this thread's record whole. Detached, every call ends in a slow path, which
 * throws.
 *
 * Interrupted: V8 throws `RangeError: Maximum call stack size exceeded` where a function is entered
 * and no stack is left for it, so in the middle of a slow path too, and a program may catch that
 * and go on. What the call leaves is then what a death at the same place leaves. So what must not
 * be left in the middle runs in `interruptible`. That catches whatever is no error of this library,
 * disconnects the fast paths, by plain stores since there may be no stack for any call, and throws
 * the error on. The next call then ends in a slow path, which before anything else takes up the
 * record as another thread would take up a dead one's (`resume.ts`). Where there is no stack for
 * that either, it throws as well, and the call after it tries again. So a call that throws has had
 * no effect, but that a block may stay in use which nobody was told of.
 */
import { type Core, DETACHED, INTERRUPTED } from './base/core.js';
import { detached, OWN_ERROR } from './base/errors.js';
import { SLAB_CELLS } from './base/layout.js';
import { CACHES_END } from './base/sizeclass.js';
import { CAN_SHARE } from './platform.js';
import { resume } from './resume.js';

/**
 * What an unconnected heap has for cells: every cache empty, and no block anywhere. Not shared where
 * nothing can be: the import must not throw there, and nobody writes to it.
 */
export const NO_CELLS = new Int32Array(
  new (CAN_SHARE ? SharedArrayBuffer : (ArrayBuffer as unknown as typeof SharedArrayBuffer))(
    CACHES_END * 4,
  ),
);

/**
 * The part of a Heap that knows whether its thread has the heap.
 * @public
 */
export abstract class Connection {
  // All that the fast paths read, apart from the tables of the size classes. Each is written once,
  // unless the heap grows, or the thread detaches or is interrupted: until then they are constants of
  // the code wherever V8 knows the heap itself. An initial value here would be a first write, and so
  // would the undefined that every field gets with TypeScript's `useDefineForClassFields`.
  /** @internal */
  protected cells: Int32Array<SharedArrayBuffer>;
  /** `cells.length`. @internal */
  protected limit: number;
  /** @internal */
  protected record: number;
  /** @internal */
  protected pageMap: number;

  /** @internal */
  protected constructor(
    /** @internal */
    protected readonly core: Core,
  ) {
    this.cells = core.cells;
    this.limit = core.cells.length;
    this.record = core.record;
    this.pageMap = core.pageMap;
  }

  /** True until this thread detaches. */
  get attached(): boolean {
    return this.core.thread !== DETACHED;
  }

  /** Makes an interrupted heap whole. @throws HakmemError `ERR_DETACHED` @internal */
  protected ensureConnected(): void {
    if (this.core.thread < 0) this.reconnect();
  }

  /** Whether this thread has the heap, which is whole then. @internal */
  protected connected(): boolean {
    if (!this.attached) return false;
    this.ensureConnected();
    return true;
  }

  private reconnect(): void {
    const { core } = this;
    if (core.thread === DETACHED) throw detached('heap');
    resume(core);
    // No call stands between these.
    this.cells = core.cells;
    this.limit = core.slabs * SLAB_CELLS;
    this.record = core.record;
  }

  /**
   * Runs a slow path that must not be left in the middle, and follows the core's views after it.
   * Returns `true` if the stack ran out after the change of hands. Only frees (result unused) and resizes
   * (true = resized) can get there.
   * @internal
   */
  protected interruptible<T>(
    work: (core: Core, first: number, second: number) => T,
    first: number,
    second: number,
  ): T {
    const { core } = this;
    core.handsChanged = false;
    try {
      const result = work(core, first, second);
      // As in `sync`, written out: a block must not be lost to a call for which there is no stack.
      if (this.cells !== core.cells) {
        this.cells = core.cells;
        this.limit = core.slabs * SLAB_CELLS;
      }
      return result;
    } catch (error) {
      if ((error as { [OWN_ERROR]?: true } | null | undefined)?.[OWN_ERROR] !== true) {
        this.cells = NO_CELLS;
        this.limit = 0;
        this.record = 0;
        if (core.thread >= 0) core.thread = INTERRUPTED - core.thread;
        if (core.handsChanged && error instanceof RangeError) return true as T;
      }
      throw error;
    }
  }

  /**
   * Follows the core's views after a slow path, which may have refreshed them. Only then it writes: for
   * V8 a field that is written again is a constant no more.
   * @internal
   */
  protected sync(): void {
    const { cells, slabs, thread } = this.core;
    if (this.cells === cells || thread < 0) return;
    this.cells = cells;
    this.limit = slabs * SLAB_CELLS;
  }
}
