/** What a traced program did, done again: the loop of all replays. */
import { CALLOC, FREE, MALLOC } from '../../lib/trace-op.js';
import type { Allocator, Memory, Slots } from '../allocators/instance.js';
import { rangeInParts } from './program.js';

/** Whole numbers of 32 bits only, which V8 keeps in registers wherever they go. */
export interface Events {
  readonly ops: Uint8Array;
  readonly slots: Int32Array;
  readonly sizes: Int32Array;
  /** Per slot, the block in it. */
  readonly blocks: Slots;
}

/** What a replay needs of a memory: the byte that it touches. */
export type PlayedMemory = Pick<Memory, 'setByte' | 'plain'>;

/** Plays events `from` to `to`. To be made once in a thread, as `rangeInParts` says. */
export function player(
  heap: Allocator,
  memory: PlayedMemory,
  { ops, slots, sizes, blocks }: Events,
): (from: number, to: number) => void {
  return rangeInParts((from, to) => {
    for (let i = from; i < to; i++) {
      const slot = slots[i];
      const op = ops[i];
      if (op === FREE) {
        heap.free(blocks[slot]);
        blocks[slot] = 0;
        continue;
      }
      const size = sizes[i];
      let block: number;
      if (op === MALLOC) block = heap.malloc(size);
      else if (op === CALLOC) block = memory.plain(heap.calloc(1, size));
      else block = memory.plain(heap.realloc(blocks[slot], size));
      if (block === 0) throw new Error(`out of memory at event ${i}`);
      memory.setByte(block, 0, 1);
      blocks[slot] = block;
    }
  });
}
