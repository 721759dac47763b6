/**
 * Handles and headers: how a heap comes into being in a buffer, and how another thread finds out
 * that a buffer holds one.
 */
import { acquire, type Cells, publish } from './base/atomics.js';
import { bufferReaching, Core, pagesMissing, type SharedMemory } from './base/core.js';
import { incompatibleHeap, invalidOption, noHandle, noSharedMemory } from './base/errors.js';
import { FEATURES } from './base/flags.js';
import { headerCheck, layOut } from './base/geometry.js';
import {
  H_BASE_SLAB,
  H_CAPACITY,
  H_CHECK,
  H_FEATURES,
  H_FIRST_SLAB,
  H_ID,
  H_MAGIC,
  H_MAX_SLABS,
  H_MAX_THREADS,
  H_PROBE,
  H_VERSION,
  HEAP_MAGIC,
  LAYOUT_VERSION,
} from './base/offsets.js';
import {
  ARGUMENT_SHIFT,
  MAX_HEAP_BYTES,
  MAX_THREADS,
  SLAB_BYTES,
  SLAB_CELLS,
  SLAB_IN_SUPERSLAB,
  SLAB_RESERVED,
  SUPERSLAB_BYTES,
} from './base/layout.js';
import { type OptionNames, optionsOf } from './base/requests.js';
import { type ConfigOptions, findConfig, requireConstants, writeConfig } from './config.js';
import { CAN_GROW, CAN_SHARE } from './platform.js';
import { hintAdded } from './superslab/pool.js';

/** What `Heap.create` takes; every field may be left out. */
export interface HeapOptions {
  /** Bytes to start with. Default 16 MiB; rounded up to what the heap's own tables need. */
  initialBytes?: number | undefined;
  /** Bytes that the heap may grow to. Default 1 GiB, at most 4 GiB; untouched memory costs nothing. */
  maximumBytes?: number | undefined;
  /** Threads attached at one time. Default 64, at most 1024. */
  maxThreads?: number | undefined;
  /**
   * A shared WebAssembly.Memory to live in, instead of a new SharedArrayBuffer. The heap grows it as
   * needed, up to the memory's own maximum too, which JavaScript cannot read. One that holds a heap
   * already is refused, unless `reservedBytes` and `maximumBytes` of the two keep them apart.
   */
  memory?: SharedMemory | undefined;
  /**
   * With `memory`: bytes at its start that the heap leaves alone, such as a wasm module's own data
   * and stack. Default 0; rounded up to 1 MiB.
   */
  reservedBytes?: number | undefined;
  /** Settings of the tiers; what is left out comes from `HAKMEM_…` variables, then defaults. */
  config?: ConfigOptions | undefined;
  /**
   * Blocks of each Tiny class that this thread caches at once, 0 to 65536; 0 for none. Of each class at
   * most as many as a cache has room for, and as one slab holds: 254, fewer of the larger ones. Where the
   * heap has no room there may be fewer too. Default: the setting `front.prewarm`, which is 16.
   */
  prewarm?: number | undefined;
}

/** What `Heap.attach` takes. */
export interface AttachOptions {
  /** As for `Heap.create`. */
  prewarm?: number | undefined;
}

/** What another thread needs to attach: send it by `workerData`, a message or a piscina task. */
export interface HeapHandle {
  readonly kind: 'hakmem';
  readonly buffer: SharedArrayBuffer;
  readonly memory?: SharedMemory;
  /** Where the heap starts in the buffer, in bytes. */
  readonly base: number;
}

const HEAP_OPTIONS: OptionNames<HeapOptions> = {
  initialBytes: true,
  maximumBytes: true,
  maxThreads: true,
  memory: true,
  reservedBytes: true,
  config: true,
  prewarm: true,
};
const ATTACH_OPTIONS: OptionNames<AttachOptions> = { prewarm: true };

const MIB = 2 ** 20;

function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidOption(name, value, `must be an integer from ${least} to ${most}`);
  }
  return value;
}

/** The same for an option that may be left out. */
function optional(name: string, value: unknown, least: number, most: number): number | undefined {
  return value === undefined ? undefined : wholeNumber(name, value, least, most);
}

/** The options of `Heap.create`. @throws HakmemError `ERR_INVALID_OPTION` for a name that is none */
export function heapOptions(options: HeapOptions | undefined): HeapOptions {
  return optionsOf(options, HEAP_OPTIONS);
}

/** The options of `Heap.attach`. @throws HakmemError `ERR_INVALID_OPTION` for a name that is none */
export function attachOptions(options: AttachOptions | undefined): AttachOptions {
  return optionsOf(options, ATTACH_OPTIONS);
}

/** Blocks to prewarm, checked; undefined where the heap's setting is to count. */
export function prewarmOption({ prewarm }: AttachOptions): number | undefined {
  return optional('prewarm', prewarm, 0, 65536);
}

interface Plan {
  memory: SharedMemory | undefined;
  baseSlab: number;
  initialSlabs: number;
  maxSlabs: number;
  maxThreads: number;
  config: ReturnType<typeof findConfig>;
}

function plan(options: HeapOptions): Plan {
  const { memory } = options;
  if (memory !== undefined && !isSharedMemory(memory)) {
    throw invalidOption('memory', memory, 'must be a shared WebAssembly.Memory');
  }
  const reserved = optional('reservedBytes', options.reservedBytes, 0, MAX_HEAP_BYTES) ?? 0;
  if (reserved > 0 && !memory) {
    throw invalidOption('reservedBytes', reserved, 'goes with memory only');
  }
  const base = Math.ceil(reserved / SUPERSLAB_BYTES) * SUPERSLAB_BYTES;
  const there = memory ? Math.max(0, (memory.buffer as SharedArrayBuffer).byteLength - base) : 0;
  const most = optional('maximumBytes', options.maximumBytes, 1, MAX_HEAP_BYTES);
  const maximum = most ?? Math.min(MAX_HEAP_BYTES - base, Math.max(1024 * MIB, there));
  const initial =
    optional('initialBytes', options.initialBytes, 1, MAX_HEAP_BYTES) ??
    Math.min(memory ? Math.max(there, 1) : 16 * MIB, maximum);
  if (initial > maximum) {
    throw invalidOption('initialBytes', initial, `must not be over maximumBytes (${maximum})`);
  }
  const maxThreads = optional('maxThreads', options.maxThreads, 1, MAX_THREADS) ?? 64;
  const baseSlab = base / SLAB_BYTES;
  const maxSlabs = baseSlab + Math.floor(Math.min(maximum, MAX_HEAP_BYTES - base) / SLAB_BYTES);
  const { firstSlab } = layOut(baseSlab, maxSlabs, maxThreads);
  // One past the first slab for blocks: slab 0 of a SuperSlab holds descriptors.
  const least = firstSlab + ((firstSlab & SLAB_IN_SUPERSLAB) === 0 ? 2 : 1);
  if (least > maxSlabs) {
    throw invalidOption(
      'maximumBytes',
      maximum,
      `must be at least ${(least - baseSlab) * SLAB_BYTES} for ${maxThreads} threads (lower maxThreads for a smaller heap)`,
    );
  }
  const asked = Math.max(baseSlab + Math.ceil(initial / SLAB_BYTES), least);
  const initialSlabs = Math.min(maxSlabs, Math.ceil(asked / 32) * 32);
  const config = findConfig(options.config);
  return { memory, baseSlab, initialSlabs, maxSlabs, maxThreads, config };
}

function isSharedMemory(value: unknown): value is SharedMemory {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly?: { Memory: new () => SharedMemory };
  };
  return WebAssembly !== undefined && value instanceof WebAssembly.Memory && isShared(value.buffer);
}

/** Whether a value is a SharedArrayBuffer, of whichever realm. */
export function isShared(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}

/** A new heap's buffer, or the part of the user's memory that it will live in. */
function provide(made: Plan): SharedArrayBuffer {
  const { memory, initialSlabs, maxSlabs } = made;
  if (!memory && !CAN_SHARE) throw noSharedMemory();
  try {
    if (memory) {
      const missing = pagesMissing(memory, initialSlabs * SLAB_BYTES);
      if (missing > 0) memory.grow(missing);
      return memory.buffer as SharedArrayBuffer;
    }
    if (initialSlabs === maxSlabs || !CAN_GROW) return new SharedArrayBuffer(maxSlabs * SLAB_BYTES);
    return new SharedArrayBuffer(initialSlabs * SLAB_BYTES, {
      maxByteLength: maxSlabs * SLAB_BYTES,
    });
  } catch {
    if (memory) {
      const needed = initialSlabs * SLAB_BYTES;
      throw invalidOption('memory', memory, `must hold or grow to ${needed} bytes`);
    }
    throw invalidOption('maximumBytes', maxSlabs * SLAB_BYTES, 'refused by this platform');
  }
}

/**
 * The first slab of a heap in the user's memory that has the header of one planned, or may grow to
 * slabs of it; -1 if there is none.
 */
function heapWithin(cells: Cells, baseSlab: number, maxSlabs: number): number {
  for (let slab = 0; slab * SLAB_CELLS < cells.length; slab += 32) {
    const header = slab * SLAB_CELLS;
    if (cells[header + H_MAGIC] !== HEAP_MAGIC) continue;
    if (slab === baseSlab) return slab;
    const whole = cells[header + H_CHECK] === headerCheck(cells, header);
    if (whole && slab < maxSlabs && cells[header + H_MAX_SLABS] > baseSlab) return slab;
  }
  return -1;
}

/**
 * Makes a heap of checked options; the core returned has no thread yet.
 * @atomics cold CORRECTNESS: the magic is published last: who reads it sees a whole heap.
 */
export function createHeap(options: HeapOptions): Core {
  const made = plan(options);
  const buffer = provide(made);
  const { memory, baseSlab, maxSlabs, maxThreads } = made;
  const geometry = layOut(baseSlab, maxSlabs, maxThreads);
  const core = new Core(geometry, memory, buffer);
  const { cells, header, states } = core;
  const other = memory ? heapWithin(cells, baseSlab, maxSlabs) : -1;
  if (other >= 0) {
    const why = `must not hold a heap already, as it does from byte ${other * SLAB_BYTES} on`;
    throw invalidOption('memory', memory, why, 'attach to that one, or keep them apart');
  }
  // User memory may contain anything, including bytes that the heap grows into later.
  const dirty = memory ? core.slabs : 0;
  if (dirty > 0) cells.fill(0, header, geometry.firstSlab * SLAB_CELLS);
  for (let slab = baseSlab; slab < dirty; slab++) {
    cells[core.touched + (slab >>> 5)] |= 1 << (slab & 31);
  }
  for (let slab = 0; slab < geometry.firstSlab; slab++) {
    publish(cells, states + slab, SLAB_RESERVED | (0 << ARGUMENT_SHIFT));
  }
  cells[header + H_VERSION] = LAYOUT_VERSION;
  cells[header + H_FEATURES] = FEATURES;
  cells[header + H_MAX_THREADS] = maxThreads;
  cells[header + H_MAX_SLABS] = maxSlabs;
  cells[header + H_BASE_SLAB] = baseSlab;
  cells[header + H_FIRST_SLAB] = geometry.firstSlab;
  cells.set(crypto.getRandomValues(new Int32Array(4)), header + H_ID);
  writeConfig(core, made.config);
  publish(cells, header + H_CAPACITY, made.initialSlabs);
  hintAdded(core, geometry.firstSlab, made.initialSlabs);
  cells[header + H_CHECK] = headerCheck(cells, header);
  // The last, so that a creator who dies before it leaves memory without a heap.
  publish(cells, header + H_MAGIC, HEAP_MAGIC);
  return core;
}

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
