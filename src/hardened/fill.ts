/**
 * Patterns in memory: stretches of bytes filled with one value, and the first byte that differs.
 *
 * The values are those of mimalloc's debug build, which show well in a dump. Stretches of more than
 * 256 KiB are filled and looked at in their first and last 64 KiB only, so that a block of hundreds
 * of megabytes does not become resident because it is watched.
 */
import type { Cells } from '../base/atomics.js';

/** Never written since malloc. */
export const FILL_NEW = 0xd0d0d0d0 | 0;
/** Freed. */
export const FILL_FREED = 0xdfdfdfdf | 0;
/** Behind the bytes that were asked for. */
export const FILL_CANARY = 0xdededede | 0;

const WHOLE = 256 * 1024;
const EDGE = 64 * 1024;
/** Cells from which on a call of `fill` is faster than a loop. */
const SHORT = 64;

/** Fills the bytes [from, to) with a word of four equal bytes. */
export function fill(cells: Cells, from: number, to: number, word: number): void {
  if (to - from > WHOLE) {
    fill(cells, from, from + EDGE, word);
    fill(cells, to - EDGE, to, word);
    return;
  }
  let first = Math.floor(from / 4);
  const last = Math.floor(to / 4);
  if (first === last) {
    merge(cells, first, maskFrom(from) & ~maskFrom(to), word);
    return;
  }
  if ((from & 3) !== 0) merge(cells, first++, maskFrom(from), word);
  if (last - first > SHORT) cells.fill(word, first, last);
  else for (let cell = first; cell < last; cell++) cells[cell] = word;
  if ((to & 3) !== 0) merge(cells, last, ~maskFrom(to), word);
}

/** The first byte of [from, to) that is not the word's; -1 when all are. */
export function firstDifference(cells: Cells, from: number, to: number, word: number): number {
  if (to - from > WHOLE) {
    const early = firstDifference(cells, from, from + EDGE, word);
    return early >= 0 ? early : firstDifference(cells, to - EDGE, to, word);
  }
  for (let cell = Math.floor(from / 4); cell * 4 < to; cell++) {
    let difference = cells[cell] ^ word;
    if (difference === 0) continue;
    if (cell * 4 < from) difference &= maskFrom(from);
    if (cell * 4 + 4 > to) difference &= ~maskFrom(to);
    if (difference === 0) continue;
    return cell * 4 + ((31 - Math.clz32(difference & -difference)) >>> 3);
  }
  return -1;
}

/** The bytes of a word from an address on, the lowest address in the lowest byte. */
function maskFrom(address: number): number {
  return -1 << ((address & 3) * 8);
}

function merge(cells: Cells, cell: number, mask: number, word: number): void {
  if (mask !== 0) cells[cell] = (cells[cell] & ~mask) | (word & mask);
}
