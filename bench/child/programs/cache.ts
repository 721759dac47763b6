/** JavaScript twin of bench/native/cache.c, which says what is modelled. */
import type { Allocator, Memory } from '../allocators/instance.js';
import { type Program, SEED } from './program.js';

export interface Cache {
  readonly size: number;
  readonly writes: number;
  readonly scratch: 0 | 1;
}

export const cache: Program<Cache> = {
  cells: (_, threads) => threads,
  start(thread, { size, writes, scratch }) {
    const { heap, memory } = thread.instance;
    if (scratch === 1) shareLine(thread, heap, size);
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          const block = heap.malloc(size);
          if (write(memory, block, size, writes) !== writes * size)
            throw new Error('wrong content');
          heap.free(block);
        }
        return turns;
      },
      finish: () => SEED,
    };
  },
};

/** Allocators of one thread have nothing to share, so their blocks are their own. */
function shareLine(
  { self, threads, sharing, shared, meet }: Parameters<typeof cache.start>[0],
  heap: Allocator,
  size: number,
): void {
  if (sharing && self === 0) for (let i = 0; i < threads; i++) shared[i] = heap.malloc(size);
  meet();
  heap.free(sharing ? shared[self] >>> 0 : heap.malloc(size));
}

/** Returns how many bytes read back as they were written. */
function write(memory: Memory, block: number, size: number, writes: number): number {
  let right = 0;
  for (let i = 0; i < writes; i++) {
    const value = i & 127;
    for (let at = 0; at < size; at++) {
      memory.setByte(block, at, value);
      if (memory.byte(block, at) === value) right++;
    }
  }
  return right;
}
