import { workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../../src/index.js';
import type { Parcel } from '../../support/agent-protocol.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

/** What a task brings; without a handle the pool's `workerData` has it. */
export interface PoolTask {
  readonly handle?: HeapHandle;
  readonly incoming: readonly Parcel[];
  readonly sizes: readonly number[];
  readonly firstTag: number;
}

export interface PoolAnswer {
  readonly threadId: number;
  /** True when every task on this thread so far was given the same Heap. */
  readonly sameHeap: boolean;
  readonly broken: number;
  readonly outgoing: readonly Parcel[];
}

let first: Heap | undefined;

/** Checks and frees the blocks that came with the task, and answers with new ones. */
export default function run({ handle, incoming, sizes, firstTag }: PoolTask): PoolAnswer {
  const heap = Heap.attach(handle ?? (workerData as HeapHandle));
  first ??= heap;
  let broken = 0;
  for (const { ptr, size, tag } of incoming) {
    if (!hasPattern(heap, ptr, size, tag)) broken += 1;
    heap.free(ptr);
  }
  const outgoing = sizes.map((size, index) => {
    const ptr = heap.malloc(size);
    fillPattern(heap, ptr, size, firstTag + index);
    return { ptr, size, tag: firstTag + index };
  });
  return { threadId: heap.threadId, sameHeap: heap === first, broken, outgoing };
}
