/**
 * Zeroing and copying inside the heap. Short stretches are done in loops of four stores a turn: a call
 * of `fill` costs as much as 32 stores of 8 bytes, one of `copyWithin` as copying 24 words of 4.
 */
import type { Core } from './base/core.js';

/** Bytes up to which the loops are faster. */
const SHORT_ZERO = 512;
const SHORT_COPY = 128;

/** Makes `bytes` bytes from a block's start on zero, rounded up to 8. */
export function zero(core: Core, address: number, bytes: number): void {
  core.reach(address + bytes);
  const from = address >>> 3;
  const to = from + ((bytes + 7) >>> 3);
  const { doubles } = core;
  if (bytes > SHORT_ZERO) {
    doubles.fill(0, from, to);
    return;
  }
  let at = from;
  for (const four = to - 3; at < four; at = (at + 4) | 0) {
    doubles[at] = 0;
    doubles[at + 1] = 0;
    doubles[at + 2] = 0;
    doubles[at + 3] = 0;
  }
  for (; at < to; at = (at + 1) | 0) doubles[at] = 0;
}

/** Copies `bytes` bytes, rounded up to 4, from one block's start to another's. */
export function copy(core: Core, from: number, to: number, bytes: number): void {
  core.reach(Math.max(from, to) + bytes);
  const { cells } = core;
  const source = from >>> 2;
  const target = to >>> 2;
  const count = (bytes + 3) >>> 2;
  if (bytes > SHORT_COPY) {
    cells.copyWithin(target, source, source + count);
    return;
  }
  let at = 0;
  for (const four = count - 3; at < four; at = (at + 4) | 0) {
    cells[target + at] = cells[source + at];
    cells[target + at + 1] = cells[source + at + 1];
    cells[target + at + 2] = cells[source + at + 2];
    cells[target + at + 3] = cells[source + at + 3];
  }
  for (; at < count; at = (at + 1) | 0) cells[target + at] = cells[source + at];
}
