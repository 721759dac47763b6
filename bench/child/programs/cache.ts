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
    const write = writing(memory, size, writes);
    const right = sumOfWrites(size, writes);
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          const block = heap.malloc(size);
          if (write(block) !== right) throw new Error('wrong content');
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

function sumOfWrites(size: number, writes: number): number {
  let sum = 0;
  for (let i = 0; i < writes; i++) sum += (i & 127) * size;
  return sum | 0;
}

/**
 * Writes a block so many times and adds up what it reads back. The loop stands in a closure, as in
 * random-mixed.ts.
 */
function writing(memory: Memory, size: number, writes: number): (block: number) => number {
  return (block) => {
    let sum = 0;
    for (let i = 0; i < writes; i++) {
      for (let at = 0; at < size; at++) {
        memory.setByte(block, at, i & 127);
        sum = (sum + memory.byte(block, at)) | 0;
      }
    }
    return sum;
  };
}
