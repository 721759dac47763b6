/**
 * xmalloc for allocators that serve one thread: a batch travels as a message with the contents of
 * its blocks, and the receiver puts them into blocks of its own, which it then frees.
 */
import type { Allocator, Memory } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import type { Thread } from './program.js';
import type { Link, Xmalloc } from './xmalloc.js';

interface Parcel {
  readonly sizes: Int32Array;
  /** The words of one block after those of the other. */
  readonly words: Int32Array<ArrayBuffer>;
}

export function copyingLink(thread: Thread, { lo, hi, batch }: Xmalloc): Link {
  const { instance, courier, self, threads } = thread;
  const { heap, memory, slots } = instance;
  const blocks = slots(batch);
  const span = hi - lo + 1;
  /** With one thread, the parcels to itself. */
  const own: Parcel[] = [];
  let packed: Parcel | undefined;
  return {
    fill: (_, state) => {
      const sizes = new Int32Array(batch);
      let x = state | 0;
      let total = 0;
      for (let i = 0; i < batch; i++) {
        x = xorshift32(x);
        const size = (lo + ((((x >>> 8) & 1023) * span) >>> 10)) | 0;
        const block = heap.malloc(size);
        memory.setWord(block, 0, size);
        blocks[i] = block;
        sizes[i] = size;
        total += size >>> 2;
      }
      packed = { sizes, words: new Int32Array(total) };
      let at = 0;
      for (let i = 0; i < batch; i++) {
        at = pack(memory, blocks[i], packed.words, at, sizes[i] >>> 2);
        heap.free(blocks[i]);
        blocks[i] = 0;
      }
      return x;
    },
    sent: () => {
      if (packed === undefined) return;
      if (threads === 1) own.push(packed);
      else courier.send((self + 1) % threads, packed, [packed.words.buffer]);
    },
    empty: () => {
      const parcel = threads === 1 ? own.shift() : (courier.receive() as Parcel);
      if (parcel !== undefined) receive(heap, memory, parcel);
    },
  };
}

function receive(heap: Allocator, memory: Memory, { sizes, words }: Parcel): void {
  let at = 0;
  for (const size of sizes) {
    const block = heap.malloc(size);
    const count = size >>> 2;
    for (let i = 0; i < count; i++) memory.setWord(block, i, words[at + i]);
    if (memory.word(block, 0) !== size) throw new Error('a block arrived with other content');
    at += count;
    heap.free(block);
  }
}

function pack(memory: Memory, block: number, into: Int32Array, at: number, words: number): number {
  for (let i = 0; i < words; i++) into[at + i] = memory.word(block, i);
  return at + words;
}
