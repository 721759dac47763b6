/**
 * No allocator: blocks overlap at a few addresses, free does nothing. What a loop costs with it is the
 * loop's own, so no allocator in JavaScript is faster. For programs that never read what an earlier
 * turn wrote.
 */
import { addressed, type Allocator, type Block } from './instance.js';
import type { Instance, InstanceOptions } from './instance.js';

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
  return addressed(new Nothing(), new SharedArrayBuffer(bytes));
}
