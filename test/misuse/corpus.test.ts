import { describe, expect, test } from 'vitest';
import { MiB } from '../support/heaps.js';
import { collectGarbage } from '../support/garbage.js';
import { type Build, builds } from './support/builds.js';
import { type Kind, kinds, type Outcome, Program } from './support/program.js';

const PROGRAMS = 204;

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
    const table = kinds.map((kind) => {
      const { error, verify, contents, unseen } = production!.get(kind)!;
      return `${kind}: ${error} ${verify} ${contents} ${unseen}`;
    });
    expect(table).toMatchInlineSnapshot(`
      [
        "double free: 17 0 0 0",
        "double free after others: 17 0 0 0",
        "double free by realloc: 16 0 0 1",
        "double free by a view: 17 0 0 0",
        "free of an inner pointer: 17 0 0 0",
        "free of an odd pointer: 17 0 0 0",
        "write behind the end: 0 0 0 17",
        "write far behind the end: 0 5 0 12",
        "write after free: 0 0 0 17",
        "late write after free: 0 0 6 11",
        "write into the freed first word: 0 1 3 13",
        "use of a stale pointer after realloc: 0 0 0 17",
      ]
    `);
  });
});
