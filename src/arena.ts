/**
 * Arena: memory that is taken piece by piece and given back at once.
 *
 * An arena asks its heap for chunks and hands out addresses by moving a cursor, so one allocation
 * costs a few integer operations and leaves no object behind. Nothing in it is freed alone: a mark
 * remembers a position and `rewind` gives back what came after it, `reset` and `dispose` give back
 * all. Marks are those of GNU libc's obstacks, kept capacity is that of Zig's ArenaAllocator.
 *
 * Chunks are blocks of the heap like any other. The cursor starts 16 bytes into a chunk, so an
 * address from an arena is never the start of a block, and `heap.free()` refuses all of them.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import {
  detached,
  heapExhausted,
  invalidOption,
  invalidSize,
  notMadeByNew,
  type HakmemError,
} from './base/errors.js';
import { GRANULE, MAX_ALIGNMENT, MAX_HEAP_BYTES } from './base/layout.js';
import {
  alignmentError,
  elementBytes,
  isSize,
  type OptionNames,
  optionsOf,
} from './base/requests.js';
import type { SharedView, TypedArrayConstructor } from './base/typed-array.js';

/** Bytes of a chunk when nothing else is asked for: two slabs, so nothing of their run is left over. */
const DEFAULT_CHUNK_BYTES = 65536;
/** A chunk of fewer bytes would be mostly the 16 that no address is given out of. */
const MIN_CHUNK_BYTES = 64;
const MAX_CHUNK_BYTES = 2 ** 29;
/** Larger chunks, of one request's own, are not filled further: a cursor is a small integer. */
const MAX_CURSOR = 2 ** 30;

/** What an arena needs of its heap. */
export interface ArenaHost {
  /** False once this thread has detached from the heap. */
  readonly attached: boolean;
  /** The whole heap at its current length. */
  readonly u8: Uint8Array<SharedArrayBuffer>;
  /** Address of a block of at least `size` bytes, 16-byte aligned; 0 when exhausted. */
  malloc(size: number): number;
  free(ptr: number): void;
  usableSize(ptr: number): number;
}

/** @public */
export interface ArenaOptions {
  /** Bytes of a chunk, 64 to 2^29. Default: 65536. */
  chunkBytes?: number | undefined;
}

/**
 * What `reset` of an arena takes.
 * @public
 */
export interface ResetOptions {
  /** Bytes of chunks to keep; see `Arena.reset`. Default: one chunk of the arena's chunk size. */
  retainBytes?: number | undefined;
}

const ARENA_OPTIONS: OptionNames<ArenaOptions> = { chunkBytes: true };
const RESET_OPTIONS: OptionNames<ResetOptions> = { retainBytes: true };

declare const markBrand: unique symbol;

/**
 * A position in one arena, from `mark()`, for `rewind()`. It has no other use.
 * @public
 */
export interface ArenaMark {
  readonly [markBrand]: 'ArenaMark';
}

/** A mark as its arena knows it. Valid while it stands at `depth` in that arena's list. */
class Mark {
  declare readonly [markBrand]: 'ArenaMark';

  constructor(
    readonly depth: number,
    readonly chunks: number,
    readonly chunk: Chunk,
    readonly cursor: number,
    readonly used: number,
    readonly usedElsewhere: number,
  ) {}
}

/** A block of the heap: its address and its usable bytes. */
interface Chunk {
  readonly start: number;
  readonly bytes: number;
}

/** Stands for the chunk that is being filled when there is none. */
const NO_CHUNK: Chunk = { start: 0, bytes: 0 };

/**
 * A region of the heap that is filled front to back and emptied as a whole. Made by
 * `heap.arena()`, used by the thread that made it; the addresses may be read and written by any
 * thread. An arena that is dropped without `dispose()` keeps its chunks for as long as the heap
 * lives.
 * @public
 */
export class Arena implements Disposable {
  /** The address of the chunk that is being filled. 0 without a chunk, like the next four. */
  private base = 0;
  /**
   * The next byte to hand out, the end, and the bytes handed out, of that chunk and counted from
   * its address: small integers, unlike addresses, so that the fast path keeps to integers.
   */
  private cursor = 0;
  private end = 0;
  private used = 0;
  /** What is missing from `base` to a multiple of the largest alignment. */
  private skew = 0;
  /** Bytes handed out of all other chunks. */
  private usedElsewhere = 0;
  private disposed = false;
  private current = NO_CHUNK;
  /** Chunks that hold allocations, in the order of their coming. */
  private chunks: Chunk[] = [];
  /** Empty chunks kept by `reset`. */
  private spares: Chunk[] = [];
  /** Marks that may be rewound to, each taken after the one before it. */
  private marks: Mark[] = [];
  private readonly chunkBytes: number;
  /** Bytes of the block that the heap gives for `chunkBytes`. */
  private standardBytes: number;

  /** Use `heap.arena()`. */
  constructor(
    private readonly host: ArenaHost,
    options?: ArenaOptions,
  ) {
    if (typeof (host as Partial<ArenaHost> | undefined)?.malloc !== 'function') {
      throw notMadeByNew('Arena', 'heap.arena(options)');
    }
    const { chunkBytes = DEFAULT_CHUNK_BYTES } = optionsOf(options, ARENA_OPTIONS);
    if (!isSize(chunkBytes) || chunkBytes < MIN_CHUNK_BYTES || chunkBytes > MAX_CHUNK_BYTES) {
      throw invalidOption(
        'chunkBytes',
        chunkBytes,
        `must be an integer from ${MIN_CHUNK_BYTES} to ${MAX_CHUNK_BYTES}`,
      );
    }
    this.chunkBytes = chunkBytes;
    this.standardBytes = chunkBytes;
  }

  /**
   * Takes `size` bytes. Their content is whatever was there before.
   *
   * A request that does not fit into the current chunk gets another, of its own size where that is
   * larger than a chunk; of the two, the one with more room left is filled next.
   *
   * @param size in bytes; 0 gives an address of its own too
   * @param alignment a power of two from 1 to 65536; default 16
   * @returns the address, never 0, valid until `rewind`, `reset` or `dispose` takes it back; it is
   *   no block of the heap, so `heap.free()` refuses it
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_ALIGNMENT`; `ERR_HEAP_EXHAUSTED` when the
   *   heap has no room, all that was allocated stays valid; `ERR_DETACHED` after `dispose` and
   *   after this thread detached from the heap
   */
  alloc(size: number, alignment: number = GRANULE): number {
    if (!Number.isSafeInteger(size) || size < 0) throw this.refuse(invalidSize('size', size));
    const wrong = alignment === GRANULE ? undefined : alignmentError(alignment);
    if (wrong) throw this.refuse(wrong);
    const start = this.cursor + ((this.skew - this.cursor) & (alignment - 1));
    const end = start + (size === 0 ? 1 : size);
    if (end > this.end || !this.host.attached) return this.allocFromChunk(size, alignment);
    this.cursor = end;
    this.used += size;
    return this.base + start;
  }

  /**
   * Takes memory for `length` elements and returns a view on it.
   *
   * @param type a typed array's constructor
   * @param length in elements
   * @returns a view of exactly `length` elements on the heap's buffer; its `byteOffset` is the
   *   address, a multiple of 16, and its content is whatever was there before
   * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_HEAP_EXHAUSTED`, `ERR_DETACHED`, as `alloc` does
   */
  allocAs<C extends TypedArrayConstructor>(type: C, length: number): SharedView<C> {
    this.assertOpen();
    const ptr = this.alloc(elementBytes(type, length));
    return new type(this.host.u8.buffer, ptr, length) as SharedView<C>;
  }

  /**
   * Remembers the current position. Cheap; without an allocation in between it is the same mark
   * again.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  mark(): ArenaMark {
    this.assertOpen();
    const depth = this.marks.length;
    const last = depth > 0 ? this.marks[depth - 1] : undefined;
    const { chunks, current, cursor } = this;
    if (last?.chunks === chunks.length && last.chunk === current && last.cursor === cursor) {
      return last;
    }
    const mark = new Mark(depth, chunks.length, current, cursor, this.used, this.usedElsewhere);
    this.marks.push(mark);
    return mark;
  }

  /**
   * Takes back everything that was allocated after `mark`; chunks that came after it go back to
   * the heap. The mark stays valid and can be rewound to again; marks taken after it do not.
   *
   * @param mark from this arena's `mark()`
   * @throws HakmemError `ERR_INVALID_OPTION` when the mark is another arena's, or was undone by
   *   rewinding to an earlier one or by `reset`; `ERR_DETACHED`
   */
  rewind(mark: ArenaMark): void {
    this.assertOpen();
    if (!(mark instanceof Mark) || this.marks[mark.depth] !== mark) {
      throw invalidOption('mark', mark, 'must be a mark of this arena that was not undone');
    }
    this.marks.length = mark.depth + 1;
    this.fill(mark.chunk, mark.cursor, mark.used);
    this.usedElsewhere = mark.usedElsewhere;
    this.release(this.chunks, mark.chunks);
  }

  /**
   * Takes back everything. Chunks are kept for the next allocations while their sizes sum up to at
   * most `retainBytes`, the others go back to the heap. Every mark is undone.
   *
   * @param options.retainBytes bytes of chunks to keep, a non-negative safe integer. Default: one
   *   chunk of the arena's chunk size, so that a loop whose turns fit in one chunk asks the heap for
   *   nothing. 0 keeps none, `Number.MAX_SAFE_INTEGER` keeps all.
   * @throws HakmemError `ERR_INVALID_OPTION`, `ERR_DETACHED`
   */
  reset(options?: ResetOptions): void {
    this.assertOpen();
    const { retainBytes } = optionsOf(options, RESET_OPTIONS);
    if (retainBytes !== undefined && !isSize(retainBytes)) {
      throw invalidOption('retainBytes', retainBytes, 'must be a non-negative safe integer');
    }
    const all = [...this.spares, ...this.chunks];
    this.empty();
    const release: Chunk[] = [];
    let room = retainBytes ?? this.standardBytes;
    for (const chunk of all) {
      if (chunk.bytes <= room) {
        room -= chunk.bytes;
        this.spares.push(chunk);
      } else {
        release.push(chunk);
      }
    }
    this.release(release, 0);
  }

  /**
   * Bytes handed out and not taken back, as they were asked for: neither what alignment skips nor
   * the unused rest of chunks counts. Exact, since only this thread uses the arena.
   *
   * @throws HakmemError `ERR_DETACHED`
   */
  get allocatedBytes(): number {
    this.assertOpen();
    return this.used + this.usedElsewhere;
  }

  /**
   * Gives every chunk back to the heap and ends the arena.
   *
   * @throws HakmemError `ERR_DETACHED` when that was done before, or when this thread has detached
   *   from the heap: the chunks then stay blocks in use
   */
  dispose(): void {
    this.assertOpen();
    const all = [...this.spares, ...this.chunks];
    this.empty();
    this.disposed = true;
    this.release(all, 0);
  }

  /**
   * Does what `dispose` does, and nothing when that was done before: the end of a `using`.
   *
   * @throws HakmemError `ERR_DETACHED` when the heap was detached before its arena
   */
  [Symbol.dispose](): void {
    if (!this.disposed) this.dispose();
  }

  /** The slow half of `alloc`: the current chunk has no room, or there is none. */
  private allocFromChunk(size: number, alignment: number): number {
    this.assertOpen();
    // Wherever the chunk lies, its first 16 bytes and what alignment skips leave `size`.
    const need = (size === 0 ? 1 : size) + Math.max(GRANULE, alignment);
    const chunk = this.takeSpare(need) ?? this.takeBlock(need);
    if (!chunk) throw heapExhausted(size);
    this.chunks.push(chunk);
    const start = GRANULE + ((-chunk.start - GRANULE) & (alignment - 1));
    const cursor = start + (size === 0 ? 1 : size);
    // The chunk with more room is the one to go on with, so at least half of each is used.
    if (chunk.bytes <= MAX_CURSOR && chunk.bytes - cursor >= this.end - this.cursor) {
      this.usedElsewhere += this.used;
      this.fill(chunk, cursor, size);
    } else {
      this.usedElsewhere += size;
    }
    return chunk.start + start;
  }

  /** Makes a chunk the one that is being filled, from `cursor` on. */
  private fill(chunk: Chunk, cursor: number, used: number): void {
    this.current = chunk;
    this.base = chunk.start;
    this.skew = -chunk.start & (MAX_ALIGNMENT - 1);
    this.end = chunk.bytes;
    this.cursor = cursor;
    this.used = used;
  }

  /** The kept chunk that came back last, among those with room for `need` bytes. */
  private takeSpare(need: number): Chunk | undefined {
    for (let i = this.spares.length - 1; i >= 0; i--) {
      const chunk = this.spares[i];
      if (chunk.bytes >= need) {
        this.spares.splice(i, 1);
        return chunk;
      }
    }
    return undefined;
  }

  /**
   * A block of the chunk size, or of `need` bytes when that is more or the only size left. Kept
   * chunks, all too small for the request, go back to the heap before it counts as exhausted.
   */
  private takeBlock(need: number): Chunk | undefined {
    if (need <= MAX_HEAP_BYTES) {
      let asked = Math.max(need, this.chunkBytes);
      let start = this.host.malloc(asked);
      if (start === 0) {
        this.release(this.spares, 0);
        start = this.host.malloc(asked);
      }
      if (start === 0 && need < asked) {
        asked = need;
        start = this.host.malloc(asked);
      }
      if (start !== 0) {
        const bytes = this.host.usableSize(start);
        if (asked === this.chunkBytes) this.standardBytes = bytes;
        return { start, bytes };
      }
    }
    return undefined;
  }

  /** Returns the chunks of a list to the heap, from an index on, the last first. */
  private release(chunks: Chunk[], from: number): void {
    while (chunks.length > from) this.host.free(chunks.pop()!.start);
  }

  private empty(): void {
    this.chunks = [];
    this.spares = [];
    this.marks = [];
    this.fill(NO_CHUNK, 0, 0);
    this.usedElsewhere = 0;
  }

  /** The error for a bad argument, unless a closed arena is to blame before it. */
  private refuse(error: HakmemError): HakmemError {
    this.assertOpen();
    return error;
  }

  private assertOpen(): void {
    if (this.disposed) throw detached('arena');
    if (!this.host.attached) throw detached('heap');
  }
}
