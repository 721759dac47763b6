/** How another thread finds out that a buffer holds a heap, and of which layout. */
import { acquire } from './base/atomics.js';
import { bufferReaching, Core, type SharedMemory } from './base/core.js';
import { incompatibleHeap, noHandle } from './base/errors.js';
import { FEATURES } from './base/flags.js';
import { headerCheck, layOut } from './base/geometry.js';
import { MAX_HEAP_BYTES, SLAB_BYTES, SUPERSLAB_BYTES } from './base/layout.js';
import {
  H_BASE_SLAB,
  H_CAPACITY,
  H_CHECK,
  H_FEATURES,
  H_FIRST_SLAB,
  H_MAGIC,
  H_MAX_SLABS,
  H_MAX_THREADS,
  H_VERSION,
  HEAP_MAGIC,
  LAYOUT_VERSION,
} from './base/offsets.js';
import { requireConstants } from './config.js';
import { type HeapHandle, isShared, isSharedMemory } from './handle.js';

/**
 * Opens the heap that a handle names, after checking that there is one.
 * @atomics cold CORRECTNESS: the rest of the header is read after the magic that its creator
 *   published last.
 */
export function openHeap(handle: unknown): Core {
  const { memory, base, ...given } = readHandle(handle);
  let { buffer } = given;
  const header = base / 4;
  if (buffer.byteLength < base + SLAB_BYTES) {
    throw incompatibleHeap(`a buffer of ${buffer.byteLength} bytes is too short for a heap`);
  }
  const cells = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  if (acquire(cells, header + H_MAGIC) !== HEAP_MAGIC)
    throw incompatibleHeap('the buffer holds no heap');
  const version = cells[header + H_VERSION];
  if (version !== LAYOUT_VERSION) {
    throw incompatibleHeap(`layout version ${version}, this build reads ${LAYOUT_VERSION}`);
  }
  if (cells[header + H_FEATURES] !== FEATURES) {
    throw incompatibleHeap(
      "made by a build with other flags in its layout; all threads of a heap import the same build, 'hakmem' or 'hakmem/debug'",
    );
  }
  if (cells[header + H_CHECK] !== headerCheck(cells, header)) {
    throw incompatibleHeap('its header is damaged');
  }
  const baseSlab = cells[header + H_BASE_SLAB];
  const maxSlabs = cells[header + H_MAX_SLABS];
  const maxThreads = cells[header + H_MAX_THREADS];
  if (baseSlab !== base / SLAB_BYTES || maxSlabs > MAX_HEAP_BYTES / SLAB_BYTES || maxThreads < 1) {
    throw incompatibleHeap('its header contradicts itself');
  }
  const geometry = layOut(baseSlab, maxSlabs, maxThreads);
  const capacity = acquire(cells, header + H_CAPACITY);
  if (
    geometry.firstSlab !== cells[header + H_FIRST_SLAB] ||
    capacity > maxSlabs ||
    capacity <= geometry.firstSlab
  ) {
    throw incompatibleHeap('its header contradicts itself');
  }
  if (memory) buffer = bufferReaching(memory, () => capacity * SLAB_BYTES);
  if (capacity * SLAB_BYTES > buffer.byteLength) {
    const bytes = capacity * SLAB_BYTES;
    throw incompatibleHeap(`the buffer is truncated: ${buffer.byteLength} of ${bytes} bytes`);
  }
  const core = new Core(geometry, memory, buffer);
  if (FLAGS.HAKMEM_CONST_CONFIG) requireConstants(core);
  return core;
}

function readHandle(handle: unknown): {
  buffer: SharedArrayBuffer;
  memory: SharedMemory | undefined;
  base: number;
} {
  const {
    buffer,
    memory,
    base = 0,
  } = isShared(handle) ? { buffer: handle } : ((handle ?? {}) as Partial<HeapHandle>);
  if (memory !== undefined && !isSharedMemory(memory)) {
    throw incompatibleHeap('its memory is no shared WebAssembly.Memory');
  }
  const whole = memory ? (memory.buffer as unknown) : buffer;
  if (!isShared(whole)) {
    throw noHandle(handle);
  }
  if (!Number.isSafeInteger(base) || base < 0 || base % SUPERSLAB_BYTES !== 0) {
    throw incompatibleHeap('its base is no multiple of 1 MiB');
  }
  return { buffer: whole, memory, base };
}
