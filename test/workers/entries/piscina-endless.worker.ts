import { workerData } from 'node:worker_threads';
import { Heap, type HeapHandle } from '../../../src/index.js';
import { Random } from '../../support/random.js';

/** Allocates and frees for ever: only an end from outside stops it. */
export default function run(seed: number): never {
  const heap = Heap.attach(workerData as HeapHandle);
  const random = new Random(seed);
  const slots = new Array<number>(64).fill(0);
  for (;;) {
    const slot = random.below(slots.length);
    heap.free(slots[slot]!);
    slots[slot] = heap.malloc(random.size(100_000));
  }
}
