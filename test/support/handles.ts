import type { HeapHandle } from '../../src/index.js';

/** What travels in a message that carries the handle. */
export function clone(handle: HeapHandle): HeapHandle {
  return structuredClone(handle);
}

/** The heap's own shared buffer, as its views name it. */
export function bufferOf(heap: { readonly u8: Uint8Array<SharedArrayBuffer> }): SharedArrayBuffer {
  return heap.u8.buffer;
}

/**
 * The same handle for other memory: every shared buffer or shared memory in it is replaced. What
 * a handle looks like is the heap's own business, so this looks for them wherever they stand.
 */
export function withBuffer(handle: HeapHandle, buffer: unknown): HeapHandle {
  return replace(handle, buffer) as HeapHandle;
}

function replace(value: unknown, buffer: unknown): unknown {
  if (value instanceof SharedArrayBuffer || value instanceof WebAssembly.Memory) return buffer;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => replace(part, buffer));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, replace(part, buffer)]),
  );
}

/** A copy of the first `bytes` of shared memory, in a buffer of its own that cannot grow. */
export function copyOf(
  buffer: SharedArrayBuffer,
  bytes: number = buffer.byteLength,
): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(bytes);
  new Uint8Array(copy).set(new Uint8Array(buffer, 0, Math.min(bytes, buffer.byteLength)));
  return copy;
}
