/**
 * What `LAYOUT_VERSION` stands for: a thread attaches to a heap of its own version, so two builds of
 * one version must put everything in the same place. When this fails, raise `LAYOUT_VERSION` in
 * src/base/offsets.ts; the record of the new version is written by the next run of this test.
 */
import { expect, test } from 'vitest';
import * as layout from '../../../src/base/layout.js';
import * as offsets from '../../../src/base/offsets.js';
import * as classes from '../../../src/base/sizeclass.js';

const TABLES = [
  'CLASS_BYTES',
  'CLASS_SLABS',
  'CLASS_CAPACITY',
  'CLASS_CACHE',
  'CLASS_MAGIC',
] as const;

function numbersOf(module: object): [string, number][] {
  return Object.entries(module).filter((entry): entry is [string, number] => {
    return typeof entry[1] === 'number';
  });
}

test('the numbers of a layout change with its version', async () => {
  const numbers = Object.fromEntries(
    [...numbersOf(layout), ...numbersOf(offsets), ...numbersOf(classes)].sort(),
  );
  const tables = Object.fromEntries(
    TABLES.map((name) => [name, Array.from(classes[name]).join(' ')]),
  );
  const record = `../../golden/layout-${offsets.LAYOUT_VERSION}.json`;
  await expect(`${JSON.stringify({ numbers, tables }, null, 2)}\n`).toMatchFileSnapshot(record);
});
