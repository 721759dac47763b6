/** How a heap comes into being in a buffer. */
import { type Cells, publish } from './base/atomics.js';
import { Core, pagesMissing, type SharedMemory } from './base/core.js';
import { invalidOption, noSharedMemory } from './base/errors.js';
import { FEATURES } from './base/flags.js';
import { headerCheck, layOut } from './base/geometry.js';
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
  H_VERSION,
  HEAP_MAGIC,
  LAYOUT_VERSION,
} from './base/offsets.js';
import { optional } from './base/requests.js';
import { findConfig, writeConfig } from './config.js';
import { isSharedMemory } from './handle.js';
import type { HeapOptions } from './options.js';
import { CAN_GROW, CAN_SHARE } from './platform.js';
import { hintAdded } from './superslab/pool.js';

const MIB = 2 ** 20;

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
