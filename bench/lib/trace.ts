/**
 * Reader for recorded allocation traces; traces/README.md has the format.
 *
 * A trace is decoded whole into flat typed arrays before anything is replayed, and checked on the
 * way: a decoded trace names only slots and threads that it counts, frees only full slots and
 * fills only empty ones. Whoever replays it needs no check of its own.
 */
import { gunzipSync } from 'node:zlib';
import { TraceError } from './trace-error.js';
import { CALLOC, FREE, MALLOC, REALLOC } from './trace-op.js';

/** Event i is `op[i]` by thread `thread[i]` on `slot[i]`, with `size[i]` bytes (0 for a free). */
export interface Trace {
  readonly threads: number;
  readonly slots: number;
  readonly events: number;
  /** Highest sum of requested sizes, counted from the events. */
  readonly peakLiveBytes: number;
  readonly op: Uint8Array;
  readonly thread: Uint16Array;
  readonly slot: Uint32Array;
  readonly size: Uint32Array;
}

const HEADER_BYTES = 32;
const VERSION = 1;
const MAX_THREADS = 0xffff;
/** A slot costs the reader some bytes whether it is used or not. */
const MAX_SLOTS = 2 ** 26;
const MAX_SIZE = 2 ** 32 - 1;

/** Decodes a trace file's bytes, gzipped or not. Throws a TraceError where it is broken. */
export function decodeTrace(file: Uint8Array): Trace {
  const bytes = isGzip(file) ? gunzip(file) : file;
  const { threads, slots, events } = readHeader(bytes);
  const reader = new VarintReader(bytes, HEADER_BYTES);

  // An event has two bytes at least, so a header cannot make the reader allocate more than that.
  const room = Math.min(events, Math.floor((bytes.length - HEADER_BYTES) / 2));
  const op = new Uint8Array(room);
  const thread = new Uint16Array(room);
  const slot = new Uint32Array(room);
  const size = new Uint32Array(room);
  const live = new LiveSlots(slots);

  let count = 0;
  for (; !reader.atEnd; count++) {
    if (count === events) {
      throw new TraceError('ERR_TRACE_EVENTS', `the header says ${events} events, there are more`);
    }
    const at = reader.offset;
    const key = reader.next(count);
    const kind = key % 4;
    const by = (key - kind) / 4;
    const where = reader.next(count);
    const bytesAsked = kind === FREE ? 0 : reader.next(count);
    const fault =
      outOfRange(by, threads, where, slots, bytesAsked) ?? live.apply(kind, where, bytesAsked);
    if (fault !== undefined) {
      throw new TraceError(fault.code, `event ${count} at byte ${at}: ${fault.what}`);
    }
    op[count] = kind;
    thread[count] = by;
    slot[count] = where;
    size[count] = bytesAsked;
  }
  if (count !== events) {
    throw new TraceError(
      'ERR_TRACE_EVENTS',
      `the header says ${events} events, there are ${count}`,
    );
  }
  return { threads, slots, events, peakLiveBytes: live.peak, op, thread, slot, size };
}

/** The bytes of a trace without gzip, as the C twins of the benchmarks read it. */
export function unpackTrace(file: Uint8Array): Uint8Array {
  return isGzip(file) ? gunzip(file) : file;
}

function isGzip(file: Uint8Array): boolean {
  return file[0] === 0x1f && file[1] === 0x8b;
}

function gunzip(file: Uint8Array): Uint8Array {
  try {
    return gunzipSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TraceError('ERR_TRACE_GZIP', `damaged or cut short gzip data: ${reason}`, { cause });
  }
}

function readHeader(bytes: Uint8Array): { threads: number; slots: number; events: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== 'HMTR') {
    throw new TraceError('ERR_TRACE_MAGIC', "neither gzip nor a trace, which starts with 'HMTR'");
  }
  if (bytes.length < HEADER_BYTES) {
    throw new TraceError(
      'ERR_TRACE_TRUNCATED',
      `ends inside its header, after ${bytes.length} of ${HEADER_BYTES} bytes`,
    );
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) {
    throw new TraceError('ERR_TRACE_VERSION', `format version ${version}, known is ${VERSION}`);
  }
  const threads = view.getUint32(8, true);
  const slots = view.getUint32(12, true);
  const events = Number(view.getBigUint64(16, true));
  if (threads > MAX_THREADS || slots > MAX_SLOTS) {
    throw new TraceError(
      'ERR_TRACE_HEADER',
      `${threads} threads and ${slots} slots; at most ${MAX_THREADS} and ${MAX_SLOTS} can be replayed`,
    );
  }
  return { threads, slots, events };
}

interface Fault {
  readonly code: TraceError['code'];
  readonly what: string;
}

function outOfRange(
  thread: number,
  threads: number,
  slot: number,
  slots: number,
  size: number,
): Fault | undefined {
  if (thread >= threads) {
    return { code: 'ERR_TRACE_THREAD', what: `thread ${thread} of ${threads}` };
  }
  if (slot >= slots) return { code: 'ERR_TRACE_SLOT', what: `slot ${slot} of ${slots}` };
  if (size > MAX_SIZE) {
    return { code: 'ERR_TRACE_SIZE', what: `${size} bytes, a heap has at most ${MAX_SIZE}` };
  }
  return undefined;
}

/** Which slots have a block, of what size, and what they add up to. */
class LiveSlots {
  readonly #full: Uint8Array;
  readonly #size: Uint32Array;
  #bytes = 0;
  peak = 0;

  constructor(slots: number) {
    this.#full = new Uint8Array(slots);
    this.#size = new Uint32Array(slots);
  }

  apply(op: number, slot: number, size: number): Fault | undefined {
    const full = this.#full[slot] === 1;
    if (full && (op === MALLOC || op === CALLOC)) {
      return { code: 'ERR_TRACE_FULL_SLOT', what: `slot ${slot} already has a block` };
    }
    if (!full && (op === FREE || op === REALLOC)) {
      return { code: 'ERR_TRACE_EMPTY_SLOT', what: `slot ${slot} has no block` };
    }
    this.#bytes += size - this.#size[slot];
    this.#full[slot] = op === FREE ? 0 : 1;
    this.#size[slot] = size;
    if (this.#bytes > this.peak) this.peak = this.#bytes;
    return undefined;
  }
}

class VarintReader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  get atEnd(): boolean {
    return this.offset >= this.#bytes.length;
  }

  next(event: number): number {
    const start = this.offset;
    let value = 0;
    let weight = 1;
    for (;;) {
      if (this.atEnd) {
        throw new TraceError('ERR_TRACE_TRUNCATED', `ends inside event ${event}, at byte ${start}`);
      }
      const byte = this.#bytes[this.offset++];
      value += (byte & 0x7f) * weight;
      if (value > Number.MAX_SAFE_INTEGER || weight > Number.MAX_SAFE_INTEGER) {
        throw new TraceError(
          'ERR_TRACE_VARINT',
          `event ${event}: the number at byte ${start} is over 2^53 - 1`,
        );
      }
      if (byte < 0x80) return value;
      weight *= 128;
    }
  }
}
