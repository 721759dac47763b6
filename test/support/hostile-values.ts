export type Named<T> = readonly [name: string, value: T];

/** Values that are no number at all, several of which JavaScript would turn into one. */
export const notNumbers: readonly Named<unknown>[] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['false', false],
  ["''", ''],
  ["'8'", '8'],
  ["'0'", '0'],
  ['8n', 8n],
  ['0n', 0n],
  ['a symbol', Symbol('8')],
  ['an object', {}],
  ['an object with valueOf', { valueOf: () => 8 }],
  ['an object with Symbol.toPrimitive', { [Symbol.toPrimitive]: () => 8 }],
  ['a Number object', Object(8)],
  ['an empty array', []],
  ['an array of one number', [8]],
  ['a function', () => 8],
  ['a date', new Date(8)],
];

/** Numbers that are not non-negative safe integers. */
export const notCounts: readonly Named<number>[] = [
  ['NaN', NaN],
  ['-1', -1],
  ['-16', -16],
  ['1.5', 1.5],
  ['-0.5', -0.5],
  ['the least positive number', Number.MIN_VALUE],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-(2 ** 31)', -(2 ** 31)],
  ['-(2 ** 32)', -(2 ** 32)],
  ['2 ** 32 + 0.5', 2 ** 32 + 0.5],
  ['2 ** 53', 2 ** 53],
  ['-(2 ** 53)', -(2 ** 53)],
  ['2 ** 64', 2 ** 64],
  ['the greatest number', Number.MAX_VALUE],
];

/** Sizes that are valid, but that no heap can hold. */
export const tooLarge: readonly Named<number>[] = [
  ['2 ** 31', 2 ** 31],
  ['2 ** 31 + 16', 2 ** 31 + 16],
  ['2 ** 32 - 1', 2 ** 32 - 1],
  ['2 ** 32', 2 ** 32],
  ['2 ** 32 + 8', 2 ** 32 + 8],
  ['2 ** 40', 2 ** 40],
  ['2 ** 53 - 1', 2 ** 53 - 1],
];

/** What an untyped caller might hand over in the place of a pointer to that very block. */
export function disguisesOf(ptr: number): readonly Named<unknown>[] {
  return [
    ['its decimal digits', String(ptr)],
    ['its bigint', BigInt(ptr)],
    ['its Number object', Object(ptr)],
    ['an array of it', [ptr]],
    ['an object with valueOf', { valueOf: () => ptr }],
    ['an object with Symbol.toPrimitive', { [Symbol.toPrimitive]: () => ptr }],
    ['a half more', ptr + 0.5],
    ['a little less', ptr - 2 ** -10],
    ['negative', -ptr],
    ['2 ** 32 more', ptr + 2 ** 32],
    ['2 ** 32 less', ptr - 2 ** 32],
    ['2 ** 33 more', ptr + 2 ** 33],
    ['2 ** 48 more', ptr + 2 ** 48],
  ];
}
