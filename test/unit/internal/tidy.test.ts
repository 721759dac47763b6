/** When a thread tidies up before it claims a slab: for threads that come, and by figures that are wrong. */
import { runInNewContext } from 'node:vm';
import { beforeEach, expect, test } from 'vitest';
import { stackDepth } from '../../../src/base/cache-stack.js';
import { Core } from '../../../src/base/core.js';
import { TRAILER_BYTES } from '../../../src/base/layout.js';
import { H_IN_USE, R_TIDY_AT } from '../../../src/base/offsets.js';
import { CLASS_BYTES, CLASS_CACHE, TINY_LAST } from '../../../src/base/sizeclass.js';
import { claimRecord } from '../../../src/thread/record.js';
import { prewarm } from '../../../src/tiny/prewarm.js';
import { createHeap, KiB, MiB, mustMalloc } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';

const TRAILER = FLAGS.HAKMEM_BUILD_HARDENED ? TRAILER_BYTES : 0;
const tinyClasses = Array.from({ length: TINY_LAST }, (_, index) => index + 1);
// To fill a slab of the smallest takes thousands of blocks.
const manyClasses = tinyClasses.filter((sizeClass) => CLASS_BYTES[sizeClass]! > 100);

beforeEach(withoutQuarantine);

test('a thread that comes has blocks of every class, where there are orphans without any', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, maxThreads: 2, prewarm: 0 });
  const { geometry, buffer } = heap['core'];
  const ptrs = manyClasses.flatMap((sizeClass) => {
    const bytes = CLASS_BYTES[sizeClass]!;
    const count = Math.trunc((64 * KiB) / bytes);
    return Array.from({ length: count }, () => mustMalloc(heap, bytes - TRAILER));
  });
  heap.flush();
  const other = new Core(geometry, undefined, buffer);
  const thread = claimRecord(other, 1);
  prewarm(other, 16);
  const { cells, record } = other;
  const depths = tinyClasses.map((c) => stackDepth(cells, record + CLASS_CACHE[c]!));
  expect(depths).toEqual(tinyClasses.map(() => 16));
  heap.reclaim(thread);
  for (const ptr of ptrs) heap.free(ptr);
});

test('a figure of memory in use that is damaged makes no malloc go on for ever', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  const ptrs = [mustMalloc(heap, 16)];
  const wrong = 0x7fffffff;
  const { cells, header } = heap['core'];
  const right = cells[header + H_IN_USE]!;
  cells[header + H_IN_USE] = wrong;
  const take = (): void => {
    for (const size of [1000, 3000, 100_000, MiB]) ptrs.push(mustMalloc(heap, size));
  };
  runInNewContext('take()', { take }, { timeout: 10_000 });
  cells[header + H_IN_USE] += right - wrong;
  for (const ptr of ptrs) heap.free(ptr);
});

test('a figure that deaths have left below zero does not end it', () => {
  const heap = createHeap({ maximumBytes: 64 * MiB, prewarm: 0 });
  const { cells, header, record } = heap['core'];
  const leaveIdle = (): number => {
    const ptrs = Array.from({ length: 10 }, (_, index) => mustMalloc(heap, 200 << (index % 6)));
    for (const ptr of ptrs) heap.free(ptr);
    return heap.stats().cachedBytes;
  };
  const idle = leaveIdle();
  const lost = cells[header + H_IN_USE]!;
  cells[header + H_IN_USE] = 0;
  cells[record + R_TIDY_AT] = 1;
  const ptrs = [mustMalloc(heap, 10_000)];
  expect(heap.stats().cachedBytes).toBeLessThan(idle);
  leaveIdle();
  for (let i = 0; i < 200; i++) ptrs.push(mustMalloc(heap, 10_000));
  expect(heap.stats().cachedBytes).toBeLessThan(idle);
  cells[header + H_IN_USE]! += lost;
  for (const ptr of ptrs) heap.free(ptr);
});
