/** @thi.ng/malloc: a pool in one buffer, in JavaScript, for one thread. */
import { MemPool } from '@thi.ng/malloc';
import { addressed, type Allocator, type Block } from './instance.js';
import type { Instance, InstanceOptions } from './instance.js';

class Pool implements Allocator {
  constructor(readonly pool: MemPool) {}

  malloc(size: number): Block {
    return this.pool.malloc(size);
  }

  calloc(count: number, size: number): Block {
    return this.pool.calloc(count * size);
  }

  realloc(block: Block, size: number): Block {
    return this.pool.realloc(block, size);
  }

  free(block: Block): void {
    this.pool.free(block);
  }
}

export function thing({ bytes }: InstanceOptions): Instance {
  const buffer = new ArrayBuffer(Math.min(bytes, 2 ** 31 - 16));
  return addressed(new Pool(new MemPool({ buf: buffer, align: 16 })), buffer);
}
