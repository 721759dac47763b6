import { expect } from 'vitest';
import { type Heap, type NotCompiled, type Telemetry } from '../../src/index.js';

/** One group of the telemetry, which the build of this suite counts. */
export function counted<K extends keyof Telemetry>(
  heap: Heap,
  group: K,
): Exclude<Telemetry[K], NotCompiled> {
  const value: Telemetry[K] = heap.stats().telemetry[group];
  expect(value, `${group} is compiled in`).not.toBe('not compiled');
  return value as Exclude<Telemetry[K], NotCompiled>;
}

/** Takes blocks and returns their addresses. */
export function take(heap: Heap, blocks: number, size: number): number[] {
  return Array.from({ length: blocks }, () => heap.malloc(size));
}

export function giveBack(heap: Heap, ptrs: readonly number[]): void {
  for (const ptr of ptrs) heap.free(ptr);
}
