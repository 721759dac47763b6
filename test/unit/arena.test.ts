import { describe, expect, it } from 'vitest';
import { Arena, type ArenaMark } from '../../src/arena.js';
import { HakmemError, type HakmemErrorCode } from '../../src/base/errors.js';
import { RecordingHost } from '../support/arenaHost.js';

const CHUNK = 4096;

function setUp(limit?: number): { host: RecordingHost; arena: Arena } {
  const host = new RecordingHost(64 * 1024 * 1024, limit);
  return { host, arena: new Arena(host, { chunkBytes: CHUNK }) };
}

function expectCode(action: () => unknown, code: HakmemErrorCode): void {
  let caught: unknown;
  try {
    action();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(HakmemError);
  expect((caught as HakmemError).code).toBe(code);
}

const notSizes: readonly unknown[] = [NaN, -1, 1.5, '8', Infinity, 2 ** 53, 8n, null, {}];

describe('alloc', () => {
  it('hands out addresses one after the other, aligned to 16', () => {
    const { host, arena } = setUp();
    const first = arena.alloc(10);
    expect(first % 16).toBe(0);
    expect(arena.alloc(16)).toBe(first + 16);
    expect(arena.alloc(1)).toBe(first + 32);
    expect(host.mallocs).toBe(1);
  });

  it('asks the heap for nothing before the first allocation', () => {
    const { host } = setUp();
    expect(host.mallocs).toBe(0);
  });

  it('aligns to each power of two up to 64 KiB, inside the chunk', () => {
    const { host, arena } = setUp();
    for (let alignment = 1; alignment <= 65536; alignment *= 2) {
      for (const size of [0, 1, 100, CHUNK, 3 * CHUNK]) {
        const ptr = arena.alloc(size, alignment);
        expect(ptr % alignment).toBe(0);
        expect(host.blockAround(ptr, Math.max(size, 1))).toBeDefined();
      }
    }
  });

  it('packs without gaps where the alignment is 1', () => {
    const { arena } = setUp();
    const first = arena.alloc(3, 1);
    expect(arena.alloc(5, 1)).toBe(first + 3);
    expect(arena.alloc(1, 1)).toBe(first + 8);
  });

  it('gives size 0 an address of its own, at any alignment', () => {
    const { arena } = setUp();
    const seen = new Set<number>();
    for (let i = 0; i < 2 * CHUNK; i++) seen.add(arena.alloc(0, 1));
    expect(seen.size).toBe(2 * CHUNK);
  });

  it('never hands out the address of a block', () => {
    const { host, arena } = setUp();
    for (const size of [0, 1, CHUNK - 16, CHUNK, 100_000]) {
      for (const alignment of [1, 16, 4096]) {
        const ptr = arena.alloc(size, alignment);
        expect(host.live.has(ptr)).toBe(false);
        expectCode(() => host.free(ptr), 'ERR_INVALID_POINTER');
      }
    }
  });

  it('fills a chunk to its last byte', () => {
    const { host, arena } = setUp();
    arena.alloc(CHUNK - 16);
    expect(host.mallocs).toBe(1);
    arena.alloc(0, 1);
    expect(host.mallocs).toBe(2);
  });

  it('goes on in the current chunk after a request larger than a chunk', () => {
    const { host, arena } = setUp();
    const before = arena.alloc(16);
    const large = arena.alloc(10 * CHUNK);
    expect(host.blockAround(large, 10 * CHUNK)).not.toBe(host.blockAround(before, 16));
    expect(arena.alloc(16)).toBe(before + 16);
  });

  it('uses the rest of a chunk that only a large request brought', () => {
    const { host, arena } = setUp();
    const large = arena.alloc(CHUNK + 1);
    expect(arena.alloc(16)).toBe(large + CHUNK + 16);
    expect(host.mallocs).toBe(1);
  });

  it('refuses what is no size and what is no alignment, and stays as it was', () => {
    const { host, arena } = setUp();
    const first = arena.alloc(16);
    for (const value of notSizes) {
      expectCode(() => arena.alloc(value as number), 'ERR_INVALID_SIZE');
      expectCode(() => arena.alloc(16, value as number), 'ERR_INVALID_SIZE');
      expectCode(() => arena.allocAs(Uint8Array, value as number), 'ERR_INVALID_SIZE');
    }
    for (const alignment of [0, 3, 24, 65535, 131072, 2 ** 32, 2 ** 40]) {
      expectCode(() => arena.alloc(16, alignment), 'ERR_INVALID_ALIGNMENT');
    }
    expect(arena.allocatedBytes).toBe(16);
    expect(arena.alloc(16)).toBe(first + 16);
    expect(host.mallocs).toBe(1);
  });
});

describe('allocAs', () => {
  it('returns a view of the length asked for, whose byteOffset is the address', () => {
    const { host, arena } = setUp();
    const view: Float64Array<SharedArrayBuffer> = arena.allocAs(Float64Array, 5);
    expect(view).toBeInstanceOf(Float64Array);
    expect(view.length).toBe(5);
    expect(view.buffer).toBe(host.u8.buffer);
    expect(arena.allocatedBytes).toBe(40);
    expect(arena.alloc(1)).toBe(view.byteOffset + 48);
  });

  it('makes every kind of view', () => {
    const { arena } = setUp();
    const kinds = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
    ] as const;
    for (const kind of kinds) {
      const view = arena.allocAs(kind, 3);
      expect(view).toBeInstanceOf(kind);
      expect(view.byteLength).toBe(3 * kind.BYTES_PER_ELEMENT);
    }
  });

  it('gives two empty views two addresses', () => {
    const { arena } = setUp();
    const one = arena.allocAs(Uint8Array, 0);
    expect(one.length).toBe(0);
    expect(arena.allocAs(Uint8Array, 0).byteOffset).not.toBe(one.byteOffset);
  });
});

describe('exhaustion', () => {
  it('throws, keeps what is allocated, and serves what still fits', () => {
    const { host, arena } = setUp(3 * CHUNK);
    const kept = arena.alloc(100);
    host.u8.fill(7, kept, kept + 100);
    expectCode(() => arena.alloc(3 * CHUNK), 'ERR_HEAP_EXHAUSTED');
    expect(() => arena.alloc(3 * CHUNK, 4096)).toThrow(`no room for ${3 * CHUNK} bytes`);
    expectCode(() => arena.alloc(Number.MAX_SAFE_INTEGER), 'ERR_HEAP_EXHAUSTED');
    expectCode(() => arena.allocAs(Float64Array, 2 ** 50), 'ERR_HEAP_EXHAUSTED');
    expect(arena.allocatedBytes).toBe(100);
    expect(arena.alloc(16)).toBe(kept + 112);
    expect(host.u8.subarray(kept, kept + 100).every((byte) => byte === 7)).toBe(true);
  });

  it('takes a smaller block where no whole chunk is left', () => {
    const { host, arena } = setUp(CHUNK + 128);
    arena.alloc(CHUNK - 16);
    const ptr = arena.alloc(100);
    expect(host.blockAround(ptr, 100)).toBeDefined();
    expectCode(() => arena.alloc(100), 'ERR_HEAP_EXHAUSTED');
  });

  it('gives kept chunks back before it gives up', () => {
    const { host, arena } = setUp(4 * CHUNK);
    for (let i = 0; i < 4; i++) arena.alloc(CHUNK - 16);
    arena.reset({ retainBytes: 4 * CHUNK });
    expect(host.liveBytes).toBe(4 * CHUNK);
    const large = arena.alloc(3 * CHUNK);
    expect(host.blockAround(large, 3 * CHUNK)).toBeDefined();
  });
});

describe('mark and rewind', () => {
  it('frees what came after the mark, and nothing before', () => {
    const { host, arena } = setUp();
    arena.alloc(100);
    const mark = arena.mark();
    const next = arena.alloc(50);
    for (let i = 0; i < 10; i++) arena.alloc(CHUNK);
    arena.rewind(mark);
    expect(host.live.size).toBe(1);
    expect(arena.allocatedBytes).toBe(100);
    expect(arena.alloc(50)).toBe(next);
  });

  it('rewinds to the same mark as often as wanted', () => {
    const { arena } = setUp();
    const mark = arena.mark();
    const first = arena.alloc(8);
    arena.rewind(mark);
    arena.rewind(mark);
    const again = arena.alloc(8);
    arena.rewind(mark);
    expect(arena.allocatedBytes).toBe(0);
    expect([first, again].every((ptr) => ptr > 0)).toBe(true);
  });

  it('nests', () => {
    const { arena } = setUp();
    const outer = arena.mark();
    arena.alloc(8);
    const inner = arena.mark();
    arena.alloc(CHUNK);
    arena.rewind(inner);
    expect(arena.allocatedBytes).toBe(8);
    arena.rewind(outer);
    expect(arena.allocatedBytes).toBe(0);
  });

  it('returns the mark it gave before when nothing was allocated since', () => {
    const { arena } = setUp();
    arena.alloc(8);
    const mark = arena.mark();
    expect(arena.mark()).toBe(mark);
    arena.alloc(0);
    expect(arena.mark()).not.toBe(mark);
  });

  it('refuses undone marks, marks of other arenas and what is no mark', () => {
    const { host, arena } = setUp();
    const outer = arena.mark();
    arena.alloc(8);
    const inner = arena.mark();
    arena.rewind(outer);
    expectCode(() => arena.rewind(inner), 'ERR_INVALID_OPTION');

    arena.alloc(8);
    const foreign = new Arena(host).mark();
    arena.mark();
    for (const value of [foreign, undefined, null, 0, {}, { depth: 0 }]) {
      expectCode(() => arena.rewind(value as ArenaMark), 'ERR_INVALID_OPTION');
    }
    arena.reset();
    expectCode(() => arena.rewind(outer), 'ERR_INVALID_OPTION');
    expect(arena.allocatedBytes).toBe(0);
  });
});

describe('reset', () => {
  it('keeps one chunk and reuses it', () => {
    const { host, arena } = setUp();
    for (let i = 0; i < 5; i++) arena.alloc(CHUNK - 16);
    arena.alloc(20 * CHUNK);
    arena.reset();
    expect(host.liveBytes).toBe(CHUNK);
    expect(arena.allocatedBytes).toBe(0);

    const before = host.mallocs;
    for (let turn = 0; turn < 3; turn++) {
      arena.alloc(CHUNK - 16);
      arena.reset();
    }
    expect(host.mallocs).toBe(before);
  });

  it('keeps the one chunk where the heap rounds the chunk size up', () => {
    const host = new RecordingHost();
    const arena = new Arena(host, { chunkBytes: 1000 });
    arena.alloc(8);
    arena.reset();
    expect(host.live.size).toBe(1);
  });

  it('keeps as many bytes as it is told', () => {
    const { host, arena } = setUp();
    for (const [retainBytes, expected] of [
      [Number.MAX_SAFE_INTEGER, 5 * CHUNK],
      [3 * CHUNK + 1, 3 * CHUNK],
      [CHUNK - 1, 0],
      [0, 0],
    ] as const) {
      for (let i = 0; i < 5; i++) arena.alloc(CHUNK - 16);
      arena.reset({ retainBytes });
      expect(host.liveBytes).toBe(expected);
    }
  });

  it('refuses a retainBytes that is no number of bytes, and frees nothing', () => {
    const { arena } = setUp();
    arena.alloc(8);
    for (const value of notSizes) {
      expectCode(() => arena.reset({ retainBytes: value as number }), 'ERR_INVALID_OPTION');
    }
    expect(arena.allocatedBytes).toBe(8);
  });
});

describe('the end', () => {
  it('dispose gives everything back, and every later call throws', () => {
    const { host, arena } = setUp();
    for (let i = 0; i < 5; i++) arena.alloc(CHUNK);
    const mark = arena.mark();
    arena.dispose();
    expect(host.live.size).toBe(0);
    for (const action of [
      () => arena.alloc(8),
      () => arena.alloc(0),
      () => arena.alloc(NaN),
      () => arena.alloc(8, 3),
      () => arena.allocAs(Uint8Array, -1),
      () => arena.allocAs(Uint8Array, 8),
      () => arena.allocAs(Uint8Array, 2 ** 50),
      () => arena.mark(),
      () => arena.rewind(mark),
      () => arena.reset(),
      () => arena.allocatedBytes,
      () => arena.dispose(),
    ]) {
      expectCode(action, 'ERR_DETACHED');
    }
  });

  it('a using block disposes, and does not mind that it was done already', () => {
    const host = new RecordingHost();
    {
      using arena = new Arena(host);
      arena.alloc(8);
    }
    expect(host.live.size).toBe(0);
    {
      using arena = new Arena(host);
      arena.alloc(8);
      arena.dispose();
    }
    expect(host.live.size).toBe(0);
  });

  it('every call throws once this thread has left the heap, even where the chunk has room', () => {
    const { host, arena } = setUp();
    arena.alloc(8);
    host.attached = false;
    for (const action of [
      () => arena.alloc(8),
      () => arena.allocAs(Uint8Array, 8),
      () => arena.mark(),
      () => arena.reset(),
      () => arena.dispose(),
    ]) {
      expectCode(action, 'ERR_DETACHED');
    }
  });
});

describe('options', () => {
  it('takes chunks of 64 bytes to 512 MiB and refuses the rest by name', () => {
    const host = new RecordingHost();
    for (const chunkBytes of [64, 1000, 2 ** 29]) {
      expect(new Arena(host, { chunkBytes }).alloc(8)).toBeGreaterThan(0);
    }
    for (const value of [...notSizes, 0, 63, 2 ** 29 + 1]) {
      const make = (): Arena => new Arena(host, { chunkBytes: value as number });
      expectCode(make, 'ERR_INVALID_OPTION');
      expect(make).toThrow(/chunkBytes/);
    }
  });

  it('are an object or left out', () => {
    const host = new RecordingHost();
    const arena = new Arena(host, undefined);
    arena.reset(undefined);
    for (const none of [null, 1, 'chunkBytes', true]) {
      expectCode(() => new Arena(host, none as never), 'ERR_INVALID_OPTION');
      expectCode(() => {
        arena.reset(none as never);
      }, 'ERR_INVALID_OPTION');
    }
  });
});
