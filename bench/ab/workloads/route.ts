/**
 * Questions to the free route: usableSize, owns and realloc in place, and in one of 16 turns a free
 * of a block whose first word is the very mark that free blocks carry, which needs the slow look.
 */
import { Heap } from '../../../src/index.js';
import { type Workload } from './workload.js';

const BLOCKS = 256;
const MARKED = 16;

export function route(): Workload {
  const heap = Heap.create();
  const words = heap.i32;
  const blocks = Uint32Array.from({ length: BLOCKS }, (_, i) => heap.malloc(16 + i * 4));
  return {
    heap,
    operations: BLOCKS * 3 + (BLOCKS / MARKED) * 2,
    step: () => {
      for (let i = 0; i < BLOCKS; i++) {
        const ptr = blocks[i];
        if (!heap.owns(ptr)) throw new Error('a block in use is not owned');
        blocks[i] = heap.realloc(ptr, heap.usableSize(ptr));
        if (i % MARKED === 0) blocks[i] = freeMarked(heap, words, ptr);
      }
    },
  };
}

/** Frees a block that looks free by its first word, and takes one of that size again. */
function freeMarked(heap: Heap, words: Int32Array, ptr: number): number {
  const size = heap.usableSize(ptr);
  heap.free(ptr);
  const mark = words[ptr >>> 2];
  const again = heap.malloc(size);
  if (again !== ptr) throw new Error('the cache did not hand out what it got last');
  words[ptr >>> 2] = mark;
  heap.free(ptr);
  return heap.malloc(size);
}
