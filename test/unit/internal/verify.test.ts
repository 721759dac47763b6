/** Every invariant is broken on purpose, and the sentence that names it seen. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { slowOf } from '../../../src/base/class-cells.js';
import { S_LIMIT } from '../../../src/base/offsets.js';
import { poolFaults } from './verify/pool-faults.js';
import { CLASS, type Fault, prepare, SIZE } from './verify/prepared.js';
import { slabFaults } from './verify/slab-faults.js';
import { threadFaults } from './verify/thread-faults.js';

const faults = [...poolFaults, ...slabFaults, ...threadFaults];

/** What verify says of a heap with a fault. */
function problemsWith(plant: Fault[2]): string[] {
  const prepared = prepare();
  plant(prepared);
  const { ok, problems } = prepared.heap.verify();
  expect(ok).toBe(problems.length === 0);
  return [...problems];
}

/** The source of verify. */
function source(): string {
  const folder = fileURLToPath(new URL('../../../src/inspect', import.meta.url));
  return readdirSync(folder)
    .filter((file) => /^(verify|walk)/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

test('finds nothing in a sound heap', () => {
  expect(prepare().heap.verify().problems).toEqual([]);
});

test.each(faults)('names a broken %s', (_, sentence, plant) => {
  expect(problemsWith(plant).join('\n')).toMatch(sentence);
});

test('each sentence is said of one of them', () => {
  const said = faults.flatMap(([, , plant]) => problemsWith(plant));
  const checks = source().match(/\.check\(/g);
  const texts = [...source().matchAll(/\(\) => ([`'])(.*?)\1[,)]/g)].map(([, , text]) => text!);
  expect(texts).toHaveLength(checks!.length);
  const unsaid = texts.filter((text) => {
    const pattern = text.replace(/[()?]/g, '\\$&').replace(/\$\{[^}]*\}/g, '.*');
    return !said.some((problem) => new RegExp(`^${pattern}$`).test(problem));
  });
  expect(unsaid).toEqual([]);
});

test.each([0, -5, 9, 1 << 30])('a full cache whose limit says %i is refused', (limit) => {
  const { heap, cells, record } = prepare();
  const blocks = Array.from({ length: 64 }, () => heap.malloc(SIZE));
  cells[slowOf(record, CLASS) + S_LIMIT] = limit;
  expect(() => {
    for (const block of blocks) heap.free(block);
  }).toThrow(expect.objectContaining({ code: 'ERR_DAMAGED_HEAP' }));
});
