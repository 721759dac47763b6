/**
 * The handle that travels between threads, and what tells whether two of them lead to one heap: a
 * buffer's identity does not survive a message, so heaps have one of their own.
 */
import { acquire, publish } from './base/atomics.js';
import type { Core, SharedMemory } from './base/core.js';
import { H_ID, H_PROBE } from './base/offsets.js';

/** What another thread needs to attach: send it by `workerData`, a message or a piscina task. */
export interface HeapHandle {
  readonly kind: 'hakmem';
  readonly buffer: SharedArrayBuffer;
  readonly memory?: SharedMemory;
  /** Where the heap starts in the buffer, in bytes. */
  readonly base: number;
}

/** Whether a value is a WebAssembly.Memory that threads share. */
export function isSharedMemory(value: unknown): value is SharedMemory {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly?: { Memory: new () => SharedMemory };
  };
  return WebAssembly !== undefined && value instanceof WebAssembly.Memory && isShared(value.buffer);
}

/** Whether a value is a SharedArrayBuffer, of whichever realm. */
export function isShared(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}

/** What all handles of one heap share: the first part of its random identity. */
export function identityOf(core: Core): number {
  return core.cells[core.header + H_ID];
}

/** Whether two cores show one heap, or a copy of its bytes. */
export function sameIdentity(core: Core, other: Core): boolean {
  for (let part = H_ID; part < H_ID + 4; part++) {
    if (core.cells[core.header + part] !== other.cells[other.header + part]) return false;
  }
  return true;
}

/**
 * Whether two buffers show the same memory, by writing into one and reading from the other.
 * @atomics cold CORRECTNESS: the token must reach memory before the other view reads it.
 */
export function sameMemory(core: Core, other: SharedArrayBuffer): boolean {
  if (other === core.buffer) return true;
  const cell = core.header + H_PROBE;
  if (other.byteLength < (cell + 1) * 4) return false;
  const theirs = new Int32Array(other, 0, cell + 1);
  // Another thread may be probing at this moment, so one mismatch says little.
  for (let attempt = 0; attempt < 4; attempt++) {
    const token = crypto.getRandomValues(new Int32Array(1))[0];
    publish(core.cells, cell, token);
    if (acquire(theirs, cell) === token) return true;
  }
  return false;
}
