/** What JavaScript has of its own: byte arrays that the garbage collector takes back. */
import type { Allocator, Block, Instance, Memory, Slots } from './instance.js';

/** A block is a Uint8Array, which passes for a number; see Block. */
const asBlock = (bytes: Uint8Array) => bytes as unknown as Block;
const asBytes = (block: Block) => block as unknown as Uint8Array;

abstract class Objects implements Allocator {
  abstract malloc(size: number): Block;
  abstract calloc(count: number, size: number): Block;

  realloc(block: Block, size: number): Block {
    const [from, to] = [asBytes(block), this.malloc(size)];
    asBytes(to).set(from.length > size ? from.subarray(0, size) : from);
    return to;
  }

  free(_block: Block): void {
    // The caller's slot was the last reference.
  }
}

class Buffers extends Objects {
  malloc(size: number): Block {
    return asBlock(Buffer.allocUnsafe(size));
  }

  calloc(count: number, size: number): Block {
    return asBlock(Buffer.alloc(count * size));
  }
}

class Arrays extends Objects {
  malloc(size: number): Block {
    return asBlock(new Uint8Array(size));
  }

  calloc(count: number, size: number): Block {
    return asBlock(new Uint8Array(count * size));
  }
}

class SharedArrays extends Objects {
  malloc(size: number): Block {
    return asBlock(new Uint8Array(new SharedArrayBuffer(size)));
  }

  calloc(count: number, size: number): Block {
    return asBlock(new Uint8Array(new SharedArrayBuffer(count * size)));
  }
}

/** Words are written byte by byte: a view for words on each block would cost more than the block. */
class ObjectMemory implements Memory {
  word(block: Block, index: number): number {
    const bytes = asBytes(block);
    const at = index * 4;
    return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }

  setWord(block: Block, index: number, value: number): void {
    const bytes = asBytes(block);
    const at = index * 4;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  wordAfter(block: Block, index: number, beyond: number): number {
    return this.word(block, index + beyond);
  }

  setWordAfter(block: Block, index: number, beyond: number, value: number): void {
    this.setWord(block, index + beyond, value);
  }

  byte(block: Block, index: number): number {
    return asBytes(block)[index];
  }

  setByte(block: Block, index: number, value: number): void {
    asBytes(block)[index] = value;
  }

  plain(block: Block): Block {
    return block;
  }

  clear(block: Block, bytes: number): void {
    asBytes(block).fill(0, 0, bytes);
  }
}

function objects(heap: Objects): Instance {
  return {
    heap,
    memory: new ObjectMemory(),
    slots: (count): Slots => Array<Block>(count).fill(0),
    check: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

export const buffers = (): Instance => objects(new Buffers());
export const arrays = (): Instance => objects(new Arrays());
export const sharedArrays = (): Instance => objects(new SharedArrays());
