import { describe, expect, test } from 'vitest';
import type { HakmemErrorCode } from '../../../src/index.js';
import { expectCode, messageOf } from '../../support/errors.js';
import { notCounts, notNumbers, tooLarge } from '../../support/hostile-values.js';
import { Scene } from '../../support/unharmed.js';

type Call = (scene: Scene, value: never) => unknown;
type Method = readonly [name: string, call: Call];

const methods: readonly Method[] = [
  ['malloc(value)', ({ heap }, value) => heap.malloc(value)],
  ['calloc(value, 1)', ({ heap }, value) => heap.calloc(value, 1)],
  ['calloc(value, 0)', ({ heap }, value) => heap.calloc(value, 0)],
  ['calloc(1, value)', ({ heap }, value) => heap.calloc(1, value)],
  ['calloc(0, value)', ({ heap }, value) => heap.calloc(0, value)],
  ['realloc(block, value)', ({ heap, block }, value) => heap.realloc(block, value)],
  ['realloc(0, value)', ({ heap }, value) => heap.realloc(0, value)],
  ['memalign(16, value)', ({ heap }, value) => heap.memalign(16, value)],
  ['memalign(4096, value)', ({ heap }, value) => heap.memalign(4096, value)],
  ['mallocAs(Uint8Array, value)', ({ heap }, value) => heap.mallocAs(Uint8Array, value)],
  ['mallocAs(Float64Array, value)', ({ heap }, value) => heap.mallocAs(Float64Array, value)],
  ['callocAs(Int16Array, value)', ({ heap }, value) => heap.callocAs(Int16Array, value)],
  ['callocAs(BigInt64Array, value)', ({ heap }, value) => heap.callocAs(BigInt64Array, value)],
  ['arena.alloc(value)', ({ arena }, value) => arena.alloc(value)],
  ['arena.alloc(value, 64)', ({ arena }, value) => arena.alloc(value, 64)],
  ['arena.allocAs(Uint8Array, value)', ({ arena }, value) => arena.allocAs(Uint8Array, value)],
  ['arena.allocAs(Float64Array, value)', ({ arena }, value) => arena.allocAs(Float64Array, value)],
];

const alignmentMethods: readonly Method[] = [
  ['memalign(value, 8)', ({ heap }, value) => heap.memalign(value, 8)],
  ['memalign(value, 0)', ({ heap }, value) => heap.memalign(value, 0)],
  ['memalign(value, 100000)', ({ heap }, value) => heap.memalign(value, 100_000)],
  ['memalign(value, 2 ** 40)', ({ heap }, value) => heap.memalign(value, 2 ** 40)],
  ['arena.alloc(8, value)', ({ arena }, value) => arena.alloc(8, value)],
  ['arena.alloc(0, value)', ({ arena }, value) => arena.alloc(0, value)],
  ['arena.alloc(100000, value)', ({ arena }, value) => arena.alloc(100_000, value)],
];

/** Runs one method with each value, and expects this code for each, with no harm done. */
function expectAll(
  call: Call,
  values: readonly (readonly [string, unknown])[],
  code: HakmemErrorCode,
): void {
  const scene = new Scene();
  for (const [name, value] of values) {
    scene.expectUnharmed(() => {
      expect(() => call(scene, value as never), name).toThrow(expect.objectContaining({ code }));
      expectCode(() => call(scene, value as never), code);
    });
  }
  scene.clear();
}

describe.each(methods)('%s', (_, call) => {
  test('throws ERR_INVALID_SIZE for what is not a number', () => {
    expectAll(call, notNumbers, 'ERR_INVALID_SIZE');
  });

  test('throws ERR_INVALID_SIZE for what is not a non-negative safe integer', () => {
    expectAll(call, notCounts, 'ERR_INVALID_SIZE');
  });
});

describe.each(alignmentMethods)('%s', (name, call) => {
  test('throws ERR_INVALID_SIZE for what is not a non-negative safe integer', () => {
    const values = [...notNumbers, ...notCounts].filter(
      // Left out, an arena's alignment has its default.
      ([, value]) => !(value === undefined && name.startsWith('arena')),
    );
    expectAll(call, values, 'ERR_INVALID_SIZE');
  });

  test('throws ERR_INVALID_ALIGNMENT for what is no power of two up to 64 KiB', () => {
    const values = [
      0,
      -0,
      3,
      5,
      6,
      7,
      12,
      24,
      48,
      1000,
      65535,
      65537,
      131_072,
      2 ** 31,
      2 ** 31 + 1,
      2 ** 32,
      2 ** 32 + 16,
      2 ** 33,
      2 ** 52,
      Number.MAX_SAFE_INTEGER,
    ].map((value) => [String(value), value] as const);
    expectAll(call, values, 'ERR_INVALID_ALIGNMENT');
  });
});

test('what was given is shown in a message, but not at any length', () => {
  const { heap } = new Scene();
  expect(() => heap.malloc('7' as never)).toThrow('got "7"');
  for (const value of ['x'.repeat(1e5), 10n ** 5000n]) {
    const message = messageOf(() => heap.malloc(value as never));
    expect(message).toContain('…');
    expect(message.length).toBeLessThan(200);
  }
});

describe('a size that no heap can hold', () => {
  const sizes: readonly Method[] = [
    ['malloc(value)', ({ heap }, value) => heap.malloc(value)],
    ['calloc(value, 1)', ({ heap }, value) => heap.calloc(value, 1)],
    ['calloc(1, value)', ({ heap }, value) => heap.calloc(1, value)],
    ['calloc(value, value)', ({ heap }, value) => heap.calloc(value, value)],
    ['realloc(block, value)', ({ heap, block }, value) => heap.realloc(block, value)],
    ['realloc(0, value)', ({ heap }, value) => heap.realloc(0, value)],
    ['memalign(1, value)', ({ heap }, value) => heap.memalign(1, value)],
    ['memalign(65536, value)', ({ heap }, value) => heap.memalign(65536, value)],
  ];

  test.each(sizes)('gives 0 from %s', (_, call) => {
    const scene = new Scene();
    for (const [name, value] of tooLarge) {
      scene.expectUnharmed(() => expect(call(scene, value as never), name).toBe(0));
    }
    scene.clear();
  });

  test.each(methods.filter(([name]) => /As\(|arena/.test(name)))(
    'gives ERR_HEAP_EXHAUSTED from %s',
    (_, call) => expectAll(call, tooLarge, 'ERR_HEAP_EXHAUSTED'),
  );
});
