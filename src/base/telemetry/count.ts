/**
 * Counting: plain cells in front of this thread's record, which only this thread writes. Every call
 * stands behind a flag; nothing in the allocator reads a counter.
 */
import type { Core } from '../core.js';
import { TELEMETRY_DOUBLES } from './cells.js';

/** The index, among the 64-bit floats, where the counters of a record begin. */
export function countersOf(record: number): number {
  return (record >>> 1) - TELEMETRY_DOUBLES;
}

/** `counter` is one of cells.ts, here and below. */
export function countOne(core: Core, counter: number): void {
  core.doubles[countersOf(core.record) + counter]++;
}

export function countMany(core: Core, counter: number, amount: number): void {
  core.doubles[countersOf(core.record) + counter] += amount;
}

/** What one of this thread's cells holds. */
export function recall(core: Core, cell: number): number {
  return core.doubles[countersOf(core.record) + cell];
}

/** Sets one of the cells in which this thread remembers something. */
export function remember(core: Core, cell: number, value: number): void {
  core.doubles[countersOf(core.record) + cell] = value;
}

/** The time in nanoseconds, from any moment on. */
export function now(): number {
  return performance.now() * 1e6;
}
