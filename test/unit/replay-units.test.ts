import { describe, expect, it } from 'vitest';
import { formatBytes, formatRate, formatSigned, parseBytes } from '../../bench/lib/units.js';

describe('sizes', () => {
  it.each([
    ['65536', 65536],
    ['100B', 100],
    ['16KiB', 16384],
    ['64 MiB', 67108864],
    ['1GiB', 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['4GIB', 2 ** 32],
  ])('%s are read', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'GiB', '-1', '1e9', '1GB', '1 2', '0.3B', 'Infinity', '99999999GiB', 'NaN'])(
    "'%s' are refused",
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );

  it('are written in the largest unit that fits', () => {
    expect([0, 1023, 1536, 5 * 2 ** 20, 2 ** 31].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '5.00 MiB',
      '2.00 GiB',
    ]);
  });
});

it('rates are written with three digits or so', () => {
  expect([12.34, 12_345, 12_345_678, 123_456_789].map(formatRate)).toEqual([
    '12.3 /s',
    '12.3 k/s',
    '12.3 M/s',
    '123 M/s',
  ]);
});

it('numbers with a sign have none where they round to 0', () => {
  const written = [-1.26, 1.26, -0.04, 0].map((value) => formatSigned(value, 1));
  expect(written).toEqual(['−1.3', '1.3', '0.0', '0.0']);
});
