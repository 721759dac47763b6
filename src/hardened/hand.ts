/**
 * The block in a thread's hands: what its record says of a block that is neither its user's nor free
 * beneath, so that the block is not lost when the thread dies, or when an error ends its call.
 *
 * The word is 0, or the block's address with a bit. Without it the thread is about to take the block:
 * it has it if the block's state names the thread. With it the thread has it for sure, whatever its
 * trailer says: nobody was told of it yet, or nobody may use it any more.
 *
 * Contract: the word is written by its thread, or who reclaims that, in a straight line with the step by
 * which the block changes hands: no call stands between the two, so a thread ends before both or after
 * both. What is handed out is noted beneath, where it leaves a cache (`allocator.ts`,
 * `superslab/runcache.ts`) and before a run is published (`large/run.ts`), whose state says until then
 * that it is its thread's.
 *
 * Who reclaims the record reads the word, and so does its thread's next call after an error. What the
 * thread had goes into its quarantine, from where any thread takes it (`settleHand`): by its trailer
 * alone, with no step of the underlying allocator, so that whatever ends it, it can be done again. A word
 * whose block has gone back beneath, or whose run was never published, is cleared before the record's
 * caches and claims are given back, as another thread may have the block from then on (`blockInHand`).
 * @atomics cold CORRECTNESS: the record of a dead reclaimer tells which records it had taken.
 */
import { acquire } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { TRAILER_BYTES } from '../base/layout.js';
import { HELD, R_IN_HAND, R_STATE } from '../base/offsets.js';
import { route, usableBytes } from '../route.js';
import { RECORD_RECLAIMING, recordKind, recordOf, recordReclaimer } from '../thread/record.js';
import {
  allocatedBy,
  type Block,
  blockAt,
  FREEING,
  LIVE,
  moveState,
  QUARANTINED,
  RELEASING,
  setFreedBy,
  setState,
  stateOf,
  writeTrailer,
} from './trailer.js';

type State = readonly [kind: number, thread: number];

/** Moves a block from a state into this thread's hands; false when it is not in that state. */
export function takeInHand(core: Core, block: Block, from: State, kind: number): boolean {
  const word = core.record + R_IN_HAND;
  core.cells[word] = block.address;
  if (moveState(core, block, from, [kind, core.thread])) {
    core.cells[word] = block.address | HELD;
    return true;
  }
  core.cells[word] = 0;
  return false;
}

/** Gives the block in hand to its user, or to a quarantine: its trailer is whole. */
export function handOver(core: Core, block: Block, kind: number, thread: number): void {
  setState(core, block, kind, thread);
  core.cells[core.record + R_IN_HAND] = 0;
}

/** The block that a thread has in its hands, if it has one; a word that names another is cleared. */
export function blockInHand(core: Core, thread: number): Block | undefined {
  const word = recordOf(core, thread) + R_IN_HAND;
  const hand = core.cells[word];
  if (hand === 0) return undefined;
  const block = noted(core, thread, hand);
  if (!block) core.cells[word] = 0;
  return block;
}

function noted(core: Core, holder: number, hand: number): Block | undefined {
  const address = (hand & ~HELD) >>> 0;
  const routed = route(core, address);
  if (routed <= 0) return undefined;
  const block = blockAt(core, address, usableBytes(core, address, routed));
  const { kind, thread } = stateOf(core, block);
  if (kind === LIVE || kind === QUARANTINED) return undefined;
  const named = (kind === FREEING || kind === RELEASING) && thread === holder;
  return named || (hand & HELD) !== 0 ? block : undefined;
}

/**
 * Puts what a thread had in its hands into its quarantine: a block that was on its way out of one as it
 * stands, so that damage to it is told yet, any other with nothing in it that a user asked for.
 */
export function settleHand(core: Core, thread: number): void {
  const block = blockInHand(core, thread);
  if (!block) return;
  const word = recordOf(core, thread) + R_IN_HAND;
  if (stateOf(core, block).kind !== RELEASING) {
    const allocated = allocatedBy(core, block);
    writeTrailer(core, block, 0, allocated < 0 ? thread : allocated);
    setFreedBy(core, block, thread);
  }
  setState(core, block, QUARANTINED, thread);
  // No call stands between these: any thread may take the block from here on.
  core.cells[word] = 0;
}

/** Settles this thread's own hand after an error; but what is its user's is its user's again. */
export function emptyHand(core: Core): void {
  const { held } = core;
  const block = held && blockInHand(core, core.thread);
  if (!block) {
    settleHand(core, core.thread);
    return;
  }
  // A run that was to be shorter may have been cut.
  const room = block.bytes - TRAILER_BYTES;
  writeTrailer(core, block, held.size < room ? held.size : room, held.allocated);
  handOver(core, block, LIVE, 0);
  core.held = undefined;
}

/** Settles the hands of all dead threads that a thread was reclaiming, and that those were. */
export function settleReclaims(core: Core, reclaimer: number): void {
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    const state = acquire(core.cells, recordOf(core, thread) + R_STATE);
    if (recordKind(state) !== RECORD_RECLAIMING || recordReclaimer(state) !== reclaimer) continue;
    if (thread === core.thread) continue;
    settleReclaims(core, thread);
    settleHand(core, thread);
  }
}
