/**
 * Which threads are attached to a heap; a moment old.
 *
 * @atomics cold CORRECTNESS: whether a thread holds its record decides what counts as a leak.
 */
import { acquire } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { R_STATE } from '../base/offsets.js';
import { RECORD_FREE, recordKind, recordOf } from '../thread/record.js';

export function isAttached(core: Core, thread: number): boolean {
  if (thread >= core.geometry.maxThreads) return false;
  return recordKind(acquire(core.cells, recordOf(core, thread) + R_STATE)) !== RECORD_FREE;
}

export function attachedThreads(core: Core): number {
  const records = core.recordsUsed;
  let attached = 0;
  for (let thread = 0; thread < records; thread++) if (isAttached(core, thread)) attached++;
  return attached;
}

/** Whether this thread has had company at any time. */
export function hadOtherThreads(core: Core): boolean {
  return core.recordsUsed > 1;
}
