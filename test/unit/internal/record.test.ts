/** The count of a record, near its end. */
import { expect, test } from 'vitest';
import { Core } from '../../../src/base/core.js';
import { layOut } from '../../../src/base/geometry.js';
import { H_MAX_SLABS, H_MAX_THREADS, R_STATE } from '../../../src/base/offsets.js';
import { Heap } from '../../../src/index.js';
import {
  isAlone,
  RECORD_FREE,
  recordCount,
  recordOf,
  recordState,
} from '../../../src/thread/record.js';
import { createHeap, expectSound, MiB } from '../../support/heaps.js';

test('a thread that has the record after its count went round does not take itself for the first', () => {
  const first = createHeap({ maximumBytes: 8 * MiB, prewarm: 0 });
  const { handle, i32: cells } = first;
  const core = new Core(
    layOut(0, cells[H_MAX_SLABS]!, cells[H_MAX_THREADS]!),
    undefined,
    handle.buffer,
  );
  core.thread = 0;
  const state = recordOf(core, 0) + R_STATE;
  expect(isAlone(core)).toBe(true);
  first.detach();
  cells[state] = recordState(RECORD_FREE, 0, -3);
  const counts = Array.from({ length: 6 }, () => {
    const heap = Heap.attach(handle, { prewarm: 0 });
    expect(isAlone(core)).toBe(false);
    expectSound(heap);
    heap.detach();
    return recordCount(cells[state]!);
  });
  const last = 2 ** 18 - 1;
  expect(counts).toEqual([last - 1, last, 2, 3, 4, 5]);
});
