/**
 * Every atomic operation of the project, and nothing else: the names say what is published or
 * acquired. JavaScript's Atomics are sequentially consistent and each one is a call of 5 to 9 ns,
 * so none of these stands on the fast path of malloc or free.
 *
 * Rules that the callers keep:
 * - a cell is either always atomic or always plain, apart from its initialisation by a thread that
 *   holds the memory alone;
 * - publish: plain writes first, then `publish`, `claim` or `setBits` on the cell that the reader
 *   loads with `acquire`, `claim` or `takeAll` before its plain reads;
 * - V8 ends a terminated worker at a function's entry (a built-in function's too, before it takes
 *   effect) or at a loop's back edge. None lies between the return of one of these functions and the
 *   plain statements that follow it in a straight line without calls.
 *
 * Tests may replace this module to decide which thread goes next.
 *
 * @atomics warm CORRECTNESS: the operations themselves; each caller says why it needs one.
 */

import { damagedHeap } from './errors.js';

/** The cells of a heap. */
export type Cells = Int32Array<SharedArrayBuffer>;

/** A cell number comes from other cells, so damage may lead anywhere. */
function inside(cells: Cells, cell: number): number {
  if (cell >>> 0 === cell && cell < cells.length) return cell;
  throw damagedHeap('a number in it leads outside');
}

/** Reads a cell; what its writer wrote before publishing it is visible afterwards. */
export function acquire(cells: Cells, cell: number): number {
  return Atomics.load(cells, inside(cells, cell));
}

/** Writes a cell; whoever acquires it also sees every plain write made before. */
export function publish(cells: Cells, cell: number, value: number): void {
  Atomics.store(cells, inside(cells, cell), value);
}

/** Makes the cell `to` if it is `from`: one change of hands. True when this thread did it. */
export function claim(cells: Cells, cell: number, from: number, to: number): boolean {
  return Atomics.compareExchange(cells, inside(cells, cell), from, to) === from;
}

/** Takes all that a cell holds and leaves 0. */
export function takeAll(cells: Cells, cell: number): number {
  return Atomics.exchange(cells, inside(cells, cell), 0);
}

/** Sets bits and returns the cell as it was before; doing it twice does no harm. */
export function setBits(cells: Cells, cell: number, bits: number): number {
  return Atomics.or(cells, inside(cells, cell), bits);
}

/**
 * Sets bits that give blocks away, lowers the giver's plain `stackCell` to `stack`, and returns the
 * bits as they were. One step: a thread cannot end between the two, so the blocks have one owner
 * always.
 */
export function setBitsAndLower(
  cells: Cells,
  cell: number,
  bits: number,
  stackCell: number,
  stack: number,
): number {
  const was = Atomics.or(cells, inside(cells, cell), bits);
  cells[stackCell] = stack;
  return was;
}

/** Clears bits and returns the cell as it was before; doing it twice does no harm. */
export function clearBits(cells: Cells, cell: number, bits: number): number {
  return Atomics.and(cells, inside(cells, cell), ~bits);
}

/** Adds to a cell and returns the sum. */
export function addTo(cells: Cells, cell: number, amount: number): number {
  return (Atomics.add(cells, inside(cells, cell), amount) + amount) | 0;
}

/** Raises a cell to at least `value`. */
export function raiseTo(cells: Cells, cell: number, value: number): void {
  let seen = Atomics.load(cells, inside(cells, cell));
  while (seen < value) {
    const was = Atomics.compareExchange(cells, cell, seen, value);
    if (was === seen) return;
    seen = was;
  }
}
