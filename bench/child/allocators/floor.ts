/**
 * No allocator: blocks overlap at a few addresses, free does nothing. What a loop costs with it is the
 * loop's own, so no allocator in JavaScript is faster. For programs that never read what an earlier
 * turn wrote.
 */
import {
  AddressedMemory,
  type Allocator,
  type Block,
  type Instance,
  type InstanceOptions,
} from './instance.js';

const LINES = 512;
const LINE_BYTES = 64;

class Nothing implements Allocator {
  malloc(size: number): Block {
    return LINE_BYTES + (size & (LINES - 1)) * LINE_BYTES;
  }

  calloc(count: number, size: number): Block {
    return this.malloc(count * size);
  }

  realloc(_block: Block, size: number): Block {
    return this.malloc(size);
  }

  free(_block: Block): void {
    // Nothing was taken.
  }
}

export function floor({ bytes }: InstanceOptions): Instance {
  const buffer = new SharedArrayBuffer(bytes);
  return {
    heap: new Nothing(),
    memory: new AddressedMemory(new Int32Array(buffer), new Uint8Array(buffer)),
    slots: (count) => new Uint32Array(count),
    check: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
