/**
 * Zeroing and copying inside the heap. A call of `fill` or `copyWithin` costs about as much as 64
 * stores, so short stretches are done 8 bytes at a time.
 */
import type { Core } from './base/core.js';

/** Bytes up to which a loop is faster than a call. */
const SHORT = 512;

/** Makes `bytes` bytes from a block's start on zero, rounded up to 8. */
export function zero(core: Core, address: number, bytes: number): void {
  core.reach(address + bytes);
  const from = address >>> 3;
  const to = from + ((bytes + 7) >>> 3);
  const { doubles } = core;
  if (bytes > SHORT) {
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
  const count = Math.floor((bytes + 3) / 4);
  if (bytes > SHORT) cells.copyWithin(target, source, source + count);
  else for (let i = 0; i < count; i++) cells[target + i] = cells[source + i];
}
