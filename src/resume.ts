/**
 * Resume: a thread goes on after an error threw it out of the middle of a call, see `connection.ts`.
 * Meanwhile `core.thread` is `INTERRUPTED - thread`, nothing in the record has changed since the error,
 * and other threads meet what they meet after a death.
 *
 * Death, and an error in here: every step may be done twice, by this thread or by who reclaims it.
 */
import { type Core, DETACHED, INTERRUPTED } from './base/core.js';
import { blockInHand, settleReclaims } from './hardened/hand.js';
import { undoResize } from './large/run.js';
import { reclaimOwn } from './thread/reclaim.js';

/** Makes the record of an interrupted thread whole; does nothing for any other. */
export function resume(core: Core): void {
  if (core.thread >= DETACHED) return;
  core.thread = INTERRUPTED - core.thread;
  try {
    undoResize(core);
    if (FLAGS.HAKMEM_BUILD_HARDENED) {
      // Clears a word whose block has gone back beneath, before that can be another's; a block that is
      // in hand waits for the next call (hardened/guard.ts).
      blockInHand(core, core.thread);
      settleReclaims(core, core.thread);
    }
    reclaimOwn(core);
  } catch (error) {
    core.thread = INTERRUPTED - core.thread;
    throw error;
  }
}
