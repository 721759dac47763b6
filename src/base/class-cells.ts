/**
 * Where a record has what it notes of a size class beside the class's cache; only slow paths and
 * whoever looks inside touch it.
 */
import { R_SLOW, S_IN, S_OUT, S_PARTIAL, SLOW_CELLS } from './offsets.js';

/** The first cell of a class. */
export function slowOf(record: number, sizeClass: number): number {
  return record + R_SLOW + sizeClass * SLOW_CELLS;
}

/** The cell that starts the list of the thread's slabs of a class with free blocks. */
export function partialList(record: number, sizeClass: number): number {
  return record + (R_SLOW + S_PARTIAL) + sizeClass * SLOW_CELLS;
}

/** Index, among the 64-bit floats, of the blocks that came into a class's cache from outside. */
export function inFigure(record: number, sizeClass: number): number {
  return (record + (R_SLOW + S_IN) + sizeClass * SLOW_CELLS) >>> 1;
}

/** Index, among the 64-bit floats, of the blocks that left it. */
export function outFigure(record: number, sizeClass: number): number {
  return (record + (R_SLOW + S_OUT) + sizeClass * SLOW_CELLS) >>> 1;
}
