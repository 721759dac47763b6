/**
 * Cache stack: the free blocks of one class that a thread caches: a word, and up to 255 entries
 * before it (`CLASS_ENTRIES` and the floor). Behind the word stands the class's magic number.
 *
 * The word has the top entry's position, 1 to 255, in its low eight bits, a 0 above them, and the
 * number of blocks ever handed out in the 23 bits above that. The entry of position p stands 256 - p
 * cells before the word, so that a stack that holds little is near its word. The floor, the entry
 * beneath the lowest that is used, holds 0, which is no block's address. So
 * - a pop reads the word and the top entry, finds the stack empty when that is 0, and adds
 *   512 - 1 to the word: one handed out more, one position less;
 * - a push adds 1 and writes the entry of that position; the stack is full when the 0 became a 1;
 * and neither has to read a limit: how much a stack holds is where its floor lies. `S_LIMIT` says the
 * same to the owner's slow paths, which would have to search for the floor.
 * (tcmalloc and mimalloc keep links in the blocks instead, which a stray write can break.)
 *
 * Contract: the owner of the record calls everything here; others may count and visit the entries,
 * which may then be a moment old.
 *
 * Invariants: 255 - CLASS_ENTRIES <= floor <= position <= 255; entry = 0 exactly at the floor among
 * floor..position; blocks = position - floor; S_LIMIT = 255 - floor.
 *
 * The count wraps after 2^23. A push refuses a word whose sign bit is set, so that its slow path,
 * like that of a pop that finds nothing, carries the count to `S_CARRIED` in time: without pushes
 * and refills a stack cannot hand out more than 254 blocks.
 *
 * Death: a block changes hands with the one store of the word. What is written before that store
 * lies above the position or below the floor. A dead thread's `S_LIMIT` is read by nobody.
 */
import type { Cells } from './atomics.js';
import { CACHE_FULL, CACHE_POP, CACHE_TOP, S_CARRIED, S_LIMIT } from './offsets.js';

/** How many blocks handed out one of `S_CARRIED` stands for. */
export const CARRY = 0x80000000 / (CACHE_POP + 1);

export function positionOf(word: number): number {
  return word & CACHE_FULL;
}

/** Blocks handed out since the word was last carried. */
export function countOf(word: number): number {
  return word >>> 9;
}

/** The cell of the top entry. */
export function topOf(cells: Cells, region: number): number {
  return region + (cells[region] | CACHE_TOP);
}

/** The cell of the entry of position 0, which is none. */
export function bottomOf(region: number): number {
  return region + CACHE_TOP;
}

export function isEmptyStack(cells: Cells, region: number): boolean {
  return cells[topOf(cells, region)] === 0;
}

/** The position of the floor; 0 while the record is being set up. */
export function floorOf(cells: Cells, region: number): number {
  const bottom = bottomOf(region);
  let position = positionOf(cells[region]);
  while (position > 0 && cells[bottom + position] !== 0) position--;
  return position;
}

/** Whether a stack can hold `limit` blocks when it is full, by what its cells say. */
export function hasFloor(cells: Cells, region: number, limit: number): boolean {
  return limit > 0 && limit < CACHE_FULL && cells[region - 1 - limit] === 0;
}

/** Blocks in the stack. */
export function stackDepth(cells: Cells, region: number): number {
  return positionOf(cells[region]) - floorOf(cells, region);
}

/** Lays an empty stack out anew, so that it holds `limit` blocks; the count stays. */
export function layStack(cells: Cells, region: number, slow: number, limit: number): void {
  const floor = CACHE_FULL - limit;
  cells[slow + S_LIMIT] = limit;
  cells[bottomOf(region) + floor] = 0;
  cells[region] = (cells[region] & ~CACHE_FULL) | floor;
}

/** Makes room for `blocks` more in an empty stack. */
export function reserveStack(cells: Cells, region: number, slow: number, blocks: number): void {
  if (positionOf(cells[region]) + blocks > CACHE_FULL) layStack(cells, region, slow, blocks);
}

/** Lets a full stack hold `more` blocks, at most as many as it has, by moving its top under it. */
export function widenStack(cells: Cells, region: number, slow: number, more: number): void {
  const floor = region - 1 - cells[slow + S_LIMIT];
  cells[slow + S_LIMIT] += more;
  cells[floor - more] = 0;
  const moved = region - more;
  for (let i = 1; i < more; i++) cells[floor - more + i] = cells[moved + i];
  cells[floor] = cells[moved];
  cells[region] -= more;
}

/** Moves what the word has counted, if it is much, to the cell `slow + S_CARRIED`. */
export function carryCount(cells: Cells, region: number, slow: number): void {
  if (cells[region] >= 0) return;
  cells[slow + S_CARRIED] = (cells[slow + S_CARRIED] + 1) | 0;
  cells[region] &= 0x7fffffff;
}

/**
 * Blocks ever handed out. Another thread than the owner may see `CARRY` too many for as long as the
 * owner is between the two stores of `carryCount`, which is once in 2^22 blocks.
 */
export function handedOut(cells: Cells, region: number, slow: number): number {
  // The owner may carry in between; then the carried part has changed and both are read again.
  for (;;) {
    const carried = cells[slow + S_CARRIED];
    const counted = countOf(cells[region]);
    if (cells[slow + S_CARRIED] === carried) return carried * CARRY + counted;
  }
}
