/**
 * Trailer: the last 32 bytes of every block, behind what its user asked for.
 *
 *   block: [ asked for ][ canary bytes ... ][ guard guard size allocated freed state check guard ]
 *
 * Contract: whoever holds a block (its user, the thread that has it in hand, or who reclaims that thread)
 * calls everything here, apart from `stateOf`, which anyone may call for any block of a slab in use.
 *
 * The state word is atomic and is the truth about a block that the underlying allocator calls in use:
 * LIVE -> FREEING(me) is the one change of hands of a free, so of two threads that free the same
 * block one is refused, always. QUARANTINED(x) -> RELEASING(me) is the one way out of a quarantine.
 * Whoever settles a hand stores QUARANTINED (`hand.ts`).
 * Every word depends on the block's address and on the heap's random identity, so bytes that were
 * copied from elsewhere do not pass, and a write that runs over a block's end is seen at its first
 * byte.
 *
 * @atomics warm CORRECTNESS: the state of a block changes hands once, so of two frees one is
 *   refused.
 */
import { acquire, type Cells, claim, publish } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { assertLayout, MAX_THREADS, TRAILER_BYTES } from '../base/layout.js';
import { H_ID } from '../base/offsets.js';
import { fill, FILL_CANARY, firstDifference } from './fill.js';

/** The start of a block, which the underlying allocator uses while the block is free. */
export const MARK_BYTES = 4;
const GUARD_A = 0;
const GUARD_B = 1;
/** Bytes that were asked for. */
const SIZE = 2;
/** Who allocated the block and who freed it: `thread | site << 10`. */
const ALLOCATED = 3;
const FREED = 4;
const STATE = 5;
/** Checksum of `SIZE` and `ALLOCATED`. */
const CHECK = 6;
const GUARD_C = 7;

/** Handed out and not dressed yet, or never: a slab's memory is zero when it is cut into blocks. */
export const BARE = 0;
export const LIVE = 1;
/** In the hands of the thread that frees it, and of the one that takes it out of a quarantine. */
export const FREEING = 2;
export const QUARANTINED = 3;
export const RELEASING = 4;
/** Free beneath; what its trailer says was asked for is filled with the pattern of freed memory. */
export const RELEASED = 5;
/** None of these: something was written over the word. */
export const BROKEN = 7;

const KIND_BITS = 7;
const THREAD_SHIFT = 3;
/** A thread's number, in the state word and in who allocated or freed. */
export const THREAD_BITS = 0x3ff;
const COOKIE = ~((THREAD_BITS << THREAD_SHIFT) | KIND_BITS);
/** What the guards hold, mixed with the block's key. */
const WORD_A = 0x0badcafe;
const WORD_B = 0x600dcafe;
const WORD_C = 0x51deca12;
const GUARDS: readonly (readonly [guard: number, word: number])[] = [
  [GUARD_A, WORD_A],
  [GUARD_B, WORD_B],
  [GUARD_C, WORD_C],
];
/** Canary bytes between what was asked for and the trailer, at most. */
const CANARY_MOST = 64 * 1024;

assertLayout(MAX_THREADS <= THREAD_BITS + 1, 'a trailer names threads in 10 bits');

/** A block and the cell of its trailer. */
export interface Block {
  readonly address: number;
  /** Bytes of the allocator's block, trailer included. */
  readonly bytes: number;
  readonly cell: number;
}

/** A block of this thread's heap; its views reach the block's end afterwards. */
export function blockAt(core: Core, address: number, bytes: number): Block {
  core.reach(address + bytes);
  return { address, bytes, cell: (address + bytes - TRAILER_BYTES) / 4 };
}

/** The number that all words of a block's trailer depend on. */
function keyOf(core: Core, address: number): number {
  const mixed = Math.imul(address ^ core.cells[core.header + H_ID], 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15) ^ core.cells[core.header + H_ID + 1], 0x85ebca6b);
}

/** Every bit above depends on those below, so that no change of a few bytes makes another state. */
function stateWord(core: Core, address: number, kind: number, thread: number): number {
  const says = (thread << THREAD_SHIFT) | kind;
  return (Math.imul(keyOf(core, address) ^ says, 0xc2b2ae35) & COOKIE) | says;
}

/** What a block's state word says; a moment old for whoever does not hold the block. */
export function stateOf(core: Core, block: Block): { kind: number; thread: number } {
  const word = acquire(core.cells, block.cell + STATE);
  if (word === 0 && isBare(core.cells, block)) return { kind: BARE, thread: 0 };
  const kind = word & KIND_BITS;
  const thread = (word >>> THREAD_SHIFT) & THREAD_BITS;
  const whole = word === stateWord(core, block.address, kind, thread);
  return whole && kind >= LIVE && kind <= RELEASED ? { kind, thread } : { kind: BROKEN, thread: 0 };
}

/** Moves a block from one state to another; true when this thread did it. */
export function moveState(
  core: Core,
  block: Block,
  from: readonly [kind: number, thread: number],
  to: readonly [kind: number, thread: number],
): boolean {
  return claim(
    core.cells,
    block.cell + STATE,
    stateWord(core, block.address, ...from),
    stateWord(core, block.address, ...to),
  );
}

export function setState(core: Core, block: Block, kind: number, thread: number): void {
  publish(core.cells, block.cell + STATE, stateWord(core, block.address, kind, thread));
}

const check = (key: number, size: number, allocated: number): number =>
  Math.imul(key ^ size, 0x01000193) ^ Math.imul(allocated, 0xc2b2ae35);

/** Writes a trailer and the canary before it, for `size` bytes asked for; the state is left alone. */
export function writeTrailer(core: Core, block: Block, size: number, allocated: number): void {
  const { cells } = core;
  const { address, cell } = block;
  const key = keyOf(core, address);
  cells[cell + GUARD_A] = key ^ WORD_A;
  cells[cell + GUARD_B] = key ^ WORD_B;
  cells[cell + SIZE] = size;
  cells[cell + ALLOCATED] = allocated;
  cells[cell + CHECK] = check(key, size | 0, allocated);
  cells[cell + GUARD_C] = key ^ WORD_C;
  const [from, to] = canary(block, size);
  fill(cells, from, to, FILL_CANARY);
}

function canary({ address, bytes }: Block, size: number): [from: number, to: number] {
  const from = address + size;
  return [from, Math.min(address + bytes - TRAILER_BYTES, from + CANARY_MOST)];
}

/** Bytes that were asked for; all that there are where the trailer does not say so any more. */
export function askedFor(core: Core, block: Block): number {
  const size = core.cells[block.cell + SIZE] >>> 0;
  return isWhole(core, block) ? size : block.bytes - TRAILER_BYTES;
}

function isWhole(core: Core, { address, bytes, cell }: Block): boolean {
  const { cells } = core;
  const size = cells[cell + SIZE];
  if (size >>> 0 > bytes - TRAILER_BYTES) return false;
  return cells[cell + CHECK] === check(keyOf(core, address), size, cells[cell + ALLOCATED]);
}

/** Who allocated a block, as `thread | site << 10`; -1 when that was overwritten. */
export function allocatedBy(core: Core, block: Block): number {
  return isWhole(core, block) ? core.cells[block.cell + ALLOCATED] : -1;
}

export function freedBy(core: Core, block: Block): number {
  return core.cells[block.cell + FREED];
}

export function setFreedBy(core: Core, block: Block, by: number): void {
  core.cells[block.cell + FREED] = by;
}

/**
 * The first byte behind a block's end that was written to; -1 when none was. The first `but` bytes
 * of the block are not looked at.
 */
export function overrunOf(core: Core, block: Block, but = 0): number {
  const { cells } = core;
  const { address, cell } = block;
  const key = keyOf(core, address);
  if (isWhole(core, block)) {
    const [from, to] = canary(block, cells[cell + SIZE] >>> 0);
    const written = firstDifference(cells, Math.max(from, address + but), to, FILL_CANARY);
    if (written >= 0) return written;
  }
  const hit = GUARDS.find(([guard, word]) => cells[cell + guard] !== (key ^ word));
  if (hit) return (cell + hit[0]) * 4;
  return isWhole(core, block) ? -1 : (cell + SIZE) * 4;
}

/** Wipes a trailer, so that it says nothing of the block any more. Its holder calls it. */
export function strip(core: Core, { cell }: Block): void {
  core.cells.fill(0, cell, cell + TRAILER_BYTES / 4);
}

/** Whether every word of a trailer is zero: a block that was handed out and never dressed. */
function isBare(cells: Cells, { cell }: Block): boolean {
  for (let word = 0; word * 4 < TRAILER_BYTES; word++) {
    if (cells[cell + word] !== 0) return false;
  }
  return true;
}
