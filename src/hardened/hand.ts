/**
 * The block in a thread's hands: what its record says of a block that is neither its user's nor free
 * beneath, so that the block is not lost when the thread dies.
 *
 * The word is 0, or the block's address with a bit. Without it the thread is about to take the block:
 * it has it if the block's state names the thread. With it the thread has it for sure, whatever its
 * trailer says: nobody was told of it yet, or nobody may use it any more.
 *
 * Contract: the word is written by its thread, in a straight line with the step by which the block
 * changes hands: no call stands between the two, so a thread ends before both or after both. What is
 * handed out is noted beneath, where it leaves a cache (`allocator.ts`, `superslab/runcache.ts`) and
 * before a run is published (`large/run.ts`), whose state says until then that it is its thread's.
 * Who reclaims the record reads the word: `settleHand` frees what the dead thread had.
 *
 * Death of who reclaims: the block goes from one word to the other before anything is done to it, and
 * whoever reclaims the dead reclaimer settles both.
 * @atomics cold CORRECTNESS: the record of a dead reclaimer tells which records it had taken.
 */
import { acquire } from '../base/atomics.js';
import { type Core, refreshViews } from '../base/core.js';
import { HELD, R_IN_HAND, R_STATE } from '../base/offsets.js';
import { route, usableBytes } from '../route.js';
import { RECORD_RECLAIMING, recordKind, recordOf, recordReclaimer } from '../thread/record.js';
import {
  type Block,
  blockAt,
  FREEING,
  LIVE,
  moveState,
  QUARANTINED,
  RELEASING,
  setState,
  stateOf,
  strip,
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

/**
 * Frees what a dead thread had in its hands, and what the dead threads had that it was reclaiming.
 * This thread has taken the record. `free` gives a block back beneath.
 */
export function settleHand(core: Core, dead: number, free: (ptr: number) => void): void {
  refreshViews(core);
  const records = core.recordsUsed;
  for (let thread = 0; thread < records; thread++) {
    const state = acquire(core.cells, recordOf(core, thread) + R_STATE);
    if (recordKind(state) !== RECORD_RECLAIMING || recordReclaimer(state) !== dead) continue;
    if (thread !== core.thread) settleHand(core, thread, free);
  }
  const word = recordOf(core, dead) + R_IN_HAND;
  const block = blockOf(core, dead);
  if (!block) {
    core.cells[word] = 0;
    return;
  }
  const mine = core.record + R_IN_HAND;
  core.cells[mine] = block.address | HELD;
  core.cells[word] = 0;
  strip(core, block);
  free(block.address);
  core.cells[mine] = 0;
}

/** The block that a dead thread had in its hands, if it had one. */
function blockOf(core: Core, dead: number): Block | undefined {
  const hand = core.cells[recordOf(core, dead) + R_IN_HAND];
  const address = (hand & ~HELD) >>> 0;
  const routed = route(core, address);
  if (hand === 0 || routed <= 0) return undefined;
  const block = blockAt(core, address, usableBytes(core, address, routed));
  const { kind, thread } = stateOf(core, block);
  if (kind === LIVE || kind === QUARANTINED) return undefined;
  const named = (kind === FREEING || kind === RELEASING) && thread === dead;
  return named || (hand & HELD) !== 0 ? block : undefined;
}
