/** What `Heap.create` and `Heap.attach` may be given, and the checks that both share. */
import type { SharedMemory } from './base/core.js';
import { type OptionNames, optionsOf, optional } from './base/requests.js';
import type { ConfigOptions } from './config.js';

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
