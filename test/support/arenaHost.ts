import type { ArenaHost } from '../../src/arena.js';
import { HakmemError } from '../../src/base/errors.js';

/**
 * A heap for arenas alone: it never reuses an address, counts what it is asked for, and refuses
 * what a heap must refuse, so that a test sees every chunk come and go.
 */
export class RecordingHost implements ArenaHost {
  attached = true;
  readonly u8: Uint8Array<SharedArrayBuffer>;
  /** Blocks in use: address to usable bytes. */
  readonly live = new Map<number, number>();
  mallocs = 0;
  /** Bytes that may be in use at a time. */
  limit: number;
  private top = 4096;

  constructor(bytes = 64 * 1024 * 1024, limit = bytes) {
    this.u8 = new Uint8Array(new SharedArrayBuffer(bytes));
    this.limit = limit;
  }

  get liveBytes(): number {
    return [...this.live.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  malloc(size: number): number {
    this.mallocs++;
    const bytes = Math.max(16, Math.ceil(size / 64) * 64);
    if (this.liveBytes + bytes > this.limit || this.top + bytes > this.u8.length) return 0;
    const ptr = this.top;
    // Blocks are 16-byte aligned and, on purpose, hardly ever better than that.
    this.top += bytes + 16;
    this.live.set(ptr, bytes);
    return ptr;
  }

  free(ptr: number): void {
    if (!this.live.delete(ptr)) throw new HakmemError('ERR_INVALID_POINTER', `free(${ptr})`);
  }

  usableSize(ptr: number): number {
    const bytes = this.live.get(ptr);
    if (bytes === undefined) throw new HakmemError('ERR_INVALID_POINTER', `usableSize(${ptr})`);
    return bytes;
  }

  /** The block that holds all of these bytes, or undefined. */
  blockAround(ptr: number, size: number): number | undefined {
    for (const [start, bytes] of this.live) {
      if (ptr >= start && ptr + size <= start + bytes) return start;
    }
    return undefined;
  }
}
