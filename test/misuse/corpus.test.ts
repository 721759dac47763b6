import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MiB } from '../support/heaps.js';
import { collectGarbage } from '../support/garbage.js';
import { type Build, builds } from './support/builds.js';
import { type Kind, kinds, type Outcome, Program } from './support/program.js';

const PROGRAMS = 204;
const reliability = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');

/** What becomes of a program's misuse in a build. */
function outcomeOf(build: Build, seed: number): { kind: Kind; outcome: Outcome } {
  const { Heap, HakmemError } = build.bundle;
  const heap = Heap.create({ maximumBytes: 32 * MiB, maxThreads: 2 });
  const program = new Program(heap, seed);
  try {
    return { kind: program.kind, outcome: program.run() };
  } catch (error) {
    // The checks of the debug build's slow paths throw plain errors that begin with the name.
    const own = error instanceof HakmemError || (error as Error).message.startsWith('hakmem:');
    if (!own) throw error;
    return { kind: program.kind, outcome: 'error' };
  } finally {
    collectGarbage();
  }
}

function figures(build: Build): Map<Kind, Record<Outcome, number>> {
  const found = new Map<Kind, Record<Outcome, number>>(
    kinds.map((kind) => [kind, { error: 0, verify: 0, contents: 0, unseen: 0 }]),
  );
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const { kind, outcome } = outcomeOf(build, seed);
    found.get(kind)![outcome]++;
  }
  return found;
}

/** Kinds that production finds at the very call, whatever the program does. */
const alwaysFound: readonly Kind[] = [
  'double free',
  'free of an inner pointer',
  'free of an odd pointer',
];

describe('204 programs with one misuse each', () => {
  const [production, debug] = builds.map(figures);

  test.each(kinds)('%s: the debug build finds every one', (kind) => {
    const found = debug!.get(kind)!;
    expect(found).toMatchObject({ contents: 0, unseen: 0 });
    expect(found.error + found.verify).toBe(PROGRAMS / kinds.length);
  });

  test.each(alwaysFound)('%s: production finds every one', (kind) => {
    expect(production!.get(kind)).toMatchObject({ error: PROGRAMS / kinds.length });
  });

  test('the figures of docs/reliability.md', () => {
    const rows = reliability
      .split('| misuse | error | verify | contents | unseen |')[1]!
      .split('\n');
    const told = rows
      .slice(2, 2 + kinds.length)
      .map((row) => row.split('|').slice(2, 6).map(Number));
    const found = kinds.map((kind) => {
      const { error, verify, contents, unseen } = production!.get(kind)!;
      return [error, verify, contents, unseen];
    });
    expect(Object.fromEntries(kinds.map((kind, row) => [kind, told[row]]))).toEqual(
      Object.fromEntries(kinds.map((kind, row) => [kind, found[row]])),
    );
    expect(rows[2 + kinds.length]).toBe('');
  });
});
