import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { bundledTraces, loadTrace } from '../../bench/lib/trace-files.js';
import { TraceError, type TraceErrorCode } from '../../bench/lib/trace-error.js';
import { decodeTrace, type Trace } from '../../bench/lib/trace.js';
import { FREE } from '../../bench/lib/trace-op.js';
import { propertyRuns } from '../support/property.js';
import {
  calloc,
  encodeTrace,
  free,
  malloc,
  peakOf,
  realloc,
  varint,
  type TraceEvent,
} from '../support/trace-encoder.js';

const sound: readonly TraceEvent[] = [
  malloc(0, 100),
  calloc(1, 4096, 1),
  realloc(0, 300, 1),
  free(1),
  malloc(1, 0),
];

function eventsOf(trace: Trace): TraceEvent[] {
  return Array.from({ length: trace.events }, (_, i) => ({
    thread: trace.thread[i],
    op: trace.op[i],
    slot: trace.slot[i],
    size: trace.size[i],
  }));
}

function refusal(file: Uint8Array): TraceError {
  try {
    decodeTrace(file);
  } catch (error) {
    if (error instanceof TraceError) return error;
    throw error;
  }
  throw new Error('the trace was accepted');
}

/** Random sound traces: whether an event fills, frees or moves depends on the slot it meets. */
const soundTraces = fc
  .array(
    fc.record({
      thread: fc.nat(9),
      slot: fc.nat(40),
      choice: fc.nat(1),
      size: fc.oneof(fc.nat(5000), fc.nat(0xffffffff)),
    }),
    { maxLength: 300 },
  )
  .map((steps) => {
    const full = new Set<number>();
    return steps.map(({ thread, slot, choice, size }): TraceEvent => {
      if (!full.has(slot)) {
        full.add(slot);
        return choice === 0 ? malloc(slot, size, thread) : calloc(slot, size, thread);
      }
      if (choice === 0) return realloc(slot, size, thread);
      full.delete(slot);
      return free(slot, thread);
    });
  });

describe('a sound trace', () => {
  it('is decoded into its events', () => {
    const trace = decodeTrace(encodeTrace(sound));
    expect(eventsOf(trace)).toEqual(sound);
    expect(trace).toMatchObject({ threads: 2, slots: 2, events: 5, peakLiveBytes: 4396 });
  });

  it('may be gzipped or not', () => {
    const raw = encodeTrace(sound);
    expect(decodeTrace(gzipSync(raw))).toEqual(decodeTrace(raw));
  });

  it('may be empty', () => {
    expect(decodeTrace(encodeTrace([]))).toMatchObject({ events: 0, peakLiveBytes: 0 });
  });

  it('may lie at any offset of its buffer', () => {
    const raw = encodeTrace(sound);
    const moved = new Uint8Array(raw.length + 3);
    moved.set(raw, 3);
    expect(eventsOf(decodeTrace(moved.subarray(3)))).toEqual(sound);
  });

  it('comes out as it went in, whatever it holds', () => {
    fc.assert(
      fc.property(soundTraces, (events) => {
        const trace = decodeTrace(encodeTrace(events));
        expect(eventsOf(trace)).toEqual(events);
        expect(trace.peakLiveBytes).toBe(peakOf(events));
      }),
      propertyRuns(200),
    );
  });
});

describe('a broken trace is refused:', () => {
  const header = encodeTrace(sound);
  const cases: readonly [string, TraceErrorCode, Uint8Array, RegExp][] = [
    ['an empty file', 'ERR_TRACE_MAGIC', new Uint8Array(0), /neither gzip nor a trace/],
    ['a file of another kind', 'ERR_TRACE_MAGIC', new TextEncoder().encode('{"a":1}'), /HMTR/],
    ['gzip of another kind', 'ERR_TRACE_MAGIC', gzipSync('something else'), /HMTR/],
    ['gzip cut short', 'ERR_TRACE_GZIP', gzipSync(header).subarray(0, 30), /cut short/],
    ['a header cut short', 'ERR_TRACE_TRUNCATED', header.subarray(0, 31), /31 of 32 bytes/],
    ['another version', 'ERR_TRACE_VERSION', encodeTrace(sound, { version: 2 }), /version 2/],
    ['too many threads', 'ERR_TRACE_HEADER', encodeTrace(sound, { threads: 65536 }), /65536/],
    ['too many slots', 'ERR_TRACE_HEADER', encodeTrace(sound, { slots: 2 ** 32 - 1 }), /slots/],
    ['the last event cut short', 'ERR_TRACE_TRUNCATED', header.subarray(0, -1), /inside event 4/],
    ['an event missing', 'ERR_TRACE_EVENTS', header.subarray(0, -3), /5 events, there are 4/],
    ['events too many', 'ERR_TRACE_EVENTS', encodeTrace(sound, { events: 4 }), /there are more/],
    [
      'an absurd count of events',
      'ERR_TRACE_EVENTS',
      encodeTrace(sound, { events: 2n ** 64n - 1n }),
      /there are 5/,
    ],
    [
      'a slot out of range',
      'ERR_TRACE_SLOT',
      encodeTrace(sound, { slots: 1 }),
      /event 1 at byte 35/,
    ],
    ['a thread out of range', 'ERR_TRACE_THREAD', encodeTrace(sound, { threads: 1 }), /event 1/],
    ['a size beyond any heap', 'ERR_TRACE_SIZE', encodeTrace([malloc(0, 2 ** 32)]), /4294967296/],
    [
      'free of an empty slot',
      'ERR_TRACE_EMPTY_SLOT',
      encodeTrace([free(0)]),
      /slot 0 has no block/,
    ],
    [
      'a second free',
      'ERR_TRACE_EMPTY_SLOT',
      encodeTrace([malloc(0, 1), free(0), free(0)]),
      /2 at/,
    ],
    ['realloc of an empty slot', 'ERR_TRACE_EMPTY_SLOT', encodeTrace([realloc(0, 8)]), /event 0/],
    [
      'malloc into a full slot',
      'ERR_TRACE_FULL_SLOT',
      encodeTrace([malloc(0, 1), malloc(0, 1)]),
      /1/,
    ],
    [
      'calloc into a full slot',
      'ERR_TRACE_FULL_SLOT',
      encodeTrace([malloc(0, 1), calloc(0, 1)]),
      /1/,
    ],
  ];

  it.each(cases)('%s', (_, code, file, message) => {
    const error = refusal(file);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('gzip with a changed byte', () => {
    const packed = Uint8Array.from(gzipSync(header));
    packed[packed.length - 6] ^= 0xff;
    expect(refusal(packed).code).toBe('ERR_TRACE_GZIP');
  });

  it.each([
    ['over 2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['longer than any number', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])('a number %s', (_, number) => {
    const file = Uint8Array.from([
      ...encodeTrace([], { threads: 1, slots: 1, events: 1 }),
      0,
      0,
      ...number,
    ]);
    const error = refusal(file);
    expect(error.code).toBe('ERR_TRACE_VARINT');
    expect(error.message).toMatch(/byte 34/);
  });

  it('and never crashes the reader, whatever byte is changed', () => {
    fc.assert(
      fc.property(soundTraces, fc.nat(), fc.integer({ min: 1, max: 255 }), (events, at, flip) => {
        const file = encodeTrace(events);
        file[at % file.length] ^= flip;
        try {
          const trace = decodeTrace(file);
          expect(trace.slot.every((slot) => slot < trace.slots)).toBe(true);
          expect(trace.thread.every((thread) => thread < trace.threads)).toBe(true);
          expect(trace.op.every((op) => op <= 3)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
      propertyRuns(300),
    );
  });
});

describe('numbers', () => {
  it('of any length are read', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (size) => {
        expect(varint(size).length).toBeLessThanOrEqual(5);
        expect(decodeTrace(encodeTrace([malloc(0, size)])).size[0]).toBe(size);
      }),
      propertyRuns(200),
    );
  });
});

describe('trace files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hakmem-trace-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['gcc-cc1', 1_500_000, 1, 12_932, 3_612_157],
    ['imagemagick', 123_334, 1, 7_614, 145_799_186],
    ['node-threads', 955_343, 10, 30_042, 68_055_303],
    ['python', 1_626_528, 1, 301_223, 20_978_760],
    ['sqlite', 251_714, 1, 1_244, 4_362_050],
  ])('%s comes with the project', (name, events, threads, slots, peakLiveBytes) => {
    expect(bundledTraces()).toContain(name);
    const { trace } = loadTrace(name);
    expect(trace).toMatchObject({ events, threads, slots, peakLiveBytes });
  });

  it('frees of blocks that another thread allocated are in node-threads', () => {
    const { trace } = loadTrace('node-threads');
    const allocator = new Map<number, number>();
    let elsewhere = 0;
    for (let i = 0; i < trace.events; i++) {
      if (trace.op[i] !== FREE) allocator.set(trace.slot[i], trace.thread[i]);
      else if (allocator.get(trace.slot[i]) !== trace.thread[i]) elsewhere++;
    }
    expect(elsewhere).toBe(2776);
  });

  it('are loaded from any path, with a name of their own', () => {
    const path = join(folder, 'mine.trace');
    writeFileSync(path, encodeTrace(sound));
    expect(loadTrace(path)).toMatchObject({ name: 'mine', path });
  });

  it('name themselves when they are broken', () => {
    const path = join(folder, 'broken.trace.gz');
    writeFileSync(path, gzipSync(encodeTrace([free(0)])));
    expect(() => loadTrace(path)).toThrow(/broken\.trace\.gz: event 0 at byte 32/);
  });

  it('that are not there are refused with the names of those that are', () => {
    expect(() => loadTrace('no-such-trace')).toThrow(/no-such-trace.*cannot be read.*sqlite/);
    expect(() => loadTrace(folder)).toThrow(/cannot be read/);
  });
});
