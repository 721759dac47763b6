import { expect, it } from 'vitest';
import { createHeap, KiB, MiB } from '../../support/heaps.js';
import { counted, giveBack, take } from '../../support/telemetry.js';

it('gives every part of malloc and free its calls and its time, and the shares add up to 1', () => {
  const heap = createHeap({ initialBytes: 4 * MiB, maximumBytes: 64 * MiB, prewarm: 0 });
  giveBack(heap, take(heap, 6000, KiB));
  heap.free(heap.calloc(2, MiB));
  heap.free(heap.memalign(4096, 100));
  const { parts } = counted(heap, 'timing');
  const calls = Object.fromEntries(parts.map(({ part, calls }) => [part, calls]));
  const { refills, spills } = heap.stats().threads[0]!;
  expect(calls['malloc: fast path']).toBe(6002);
  expect(calls['free: fast path']).toBe(6002);
  expect(calls['malloc: spill queue']).toBe(refills);
  expect(calls['malloc: own slabs']).toBe(refills);
  expect(calls['free: spill']).toBe(spills);
  expect(calls['free: give back']).toBeLessThan(spills);
  expect(calls['malloc: run of slabs']).toBe(1);
  expect(calls['free: run of slabs']).toBe(1);
  expect(calls['malloc: fresh slab']).toBeGreaterThan(90);
  expect(calls['malloc: growth']).toBe(heap.stats().growths);
  const sum = parts.reduce((total, { share }) => total + share, 0);
  expect(sum).toBeCloseTo(1, 9);
  for (const { nanoseconds, meanNanoseconds, calls } of parts) {
    expect(meanNanoseconds).toBeCloseTo(nanoseconds / calls, 6);
  }
});

it('counts the free of a run that the thread keeps as one of a run', () => {
  const options = { initialBytes: 4 * MiB, maximumBytes: 64 * MiB, prewarm: 0, maxThreads: 2 };
  const heap = createHeap(options);
  for (let i = 0; i < 10; i++) heap.free(heap.malloc(300 * KiB));
  const { parts } = counted(heap, 'timing');
  expect(parts.find(({ part }) => part === 'free: run of slabs')?.calls).toBe(10);
});

it('times nothing outside of malloc and free, and nothing twice', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  heap.flush();
  expect(counted(heap, 'timing').parts).toEqual([]);
  // One malloc and one free of its own beside the ones that it calls.
  const ptr = heap.realloc(heap.realloc(0, 100), 5000);
  heap.free(ptr);
  const fast = counted(heap, 'timing').parts.filter(({ part }) => part.endsWith('fast path'));
  expect(fast.map(({ calls }) => calls)).toEqual([2, 2]);
  expect(heap.stats().telemetry.spill).toBe('not compiled');
});

it('prints the table, and begins again after a reset', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  giveBack(heap, take(heap, 100, 64));
  const { table, parts } = counted(heap, 'timing');
  const [head, ...rows] = table.trimEnd().split('\n');
  expect(head).toMatch(/^part +calls +mean +total +share$/);
  expect(rows.length).toBe(parts.length);
  expect(rows[0]).toMatch(/^malloc: fast path +100 +\d+ ns +\d+\.\d{3} ms +\d+\.\d %$/);
  heap.resetStats();
  expect(counted(heap, 'timing').parts).toEqual([]);
});

it('leaves errors as they are, and the clock right after them', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  expect(() => heap.malloc(-1)).toThrow(/non-negative/);
  expect(() => heap.free(12345)).toThrow(/no block/);
  giveBack(heap, take(heap, 3, 64));
  const parts = counted(heap, 'timing').parts;
  expect(parts.find(({ part }) => part === 'malloc: fast path')!.calls).toBe(4);
  heap.detach();
  expect(() => heap.malloc(1)).toThrow(/detached/);
});
