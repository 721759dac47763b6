/**
 * hakmem/debug: the same heap in a build that watches every block. It finds writes behind a block's
 * end and into freed blocks, every free that is a second one, and tells in each error where the
 * block was allocated and freed.
 *
 * @packageDocumentation
 */
import { HakmemError as AnyError, type HakmemErrorCode } from './base/errors.js';
import type { HeapHandle } from './handle.js';
import type { AttachOptions, HeapOptions } from './options.js';
import { Heap as AnyHeap } from './heap.js';
import type { BlockHistory } from './hardened/history.js';
import type { LeakReport } from './hardened/leak-report.js';

export * from './index.js';
export type { BlockEvent, BlockHistory } from './hardened/history.js';
export type { LeakGroup, LeakReport } from './hardened/leak-report.js';
export { debugSettings, type DebugSettings } from './hardened/settings.js';

// Declared here, these names take the place of those of index.js.

/**
 * As of the production build; an error about a block also tells its history.
 * @public
 */
export interface HakmemError extends AnyError {
  /** Where the block was allocated and freed; in errors about a block that this build watched. */
  readonly history?: BlockHistory;
}

/** @public */
export const HakmemError = AnyError as {
  readonly prototype: HakmemError;
  new (code: HakmemErrorCode, message: string): HakmemError;
};

/**
 * A heap of the debug build. `usableSize` is what was asked for, to the byte.
 * @public
 */
export interface Heap extends AnyHeap {
  /**
   * Every block in use, grouped by the place and the thread that allocated it. Exact when no other
   * thread is inside the heap.
   *
   * @param options.threadId looks only for blocks that were allocated under this thread's number
   * @throws HakmemError `ERR_DETACHED`; `ERR_INVALID_OPTION` for a number that no thread can have
   */
  leaks(options?: { threadId?: number }): LeakReport;

  /**
   * As `detach` of the production build. Damage that it meets is thrown once the thread has left, the
   * first that there is; what this thread's quarantine holds beyond that is left to other threads.
   *
   * @throws HakmemError `ERR_DETACHED`; of a damaged heap what was found, such as `ERR_WRITE_AFTER_FREE`
   */
  detach(): void;
}

/** @public */
export const Heap = AnyHeap as unknown as {
  readonly prototype: Heap;
  /** As `create` of the production build. @throws HakmemError `ERR_INVALID_OPTION` */
  create(options?: HeapOptions): Heap;
  /** As `attach` of the production build, to a heap that a debug build made. */
  attach(handle: HeapHandle, options?: AttachOptions): Heap;
};
