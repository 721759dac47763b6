/** The simulation of slabs, on traces that are small enough to be computed by hand. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeTrace } from '../../../bench/lib/trace.js';
import { LAYOUTS, runBytes } from '../../../bench/slabs/layouts.js';
import { footprintOf } from '../../../bench/slabs/simulate.js';
import { SLAB_BYTES } from '../../../src/base/layout.js';
import { CLASS_COUNT, CLASS_SLABS, FIRST_CLASS } from '../../../src/base/sizeclass.js';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';
import {
  encodeTrace,
  free,
  malloc,
  realloc,
  type TraceEvent,
} from '../../support/trace-encoder.js';

const KIB = 1024;

function peak(layout: string, events: readonly TraceEvent[]): number {
  return footprintOf(decodeTrace(encodeTrace(events)), LAYOUTS[layout]).peakBytes / KIB;
}

it('runs of the slabs as built are those of the library', () => {
  for (let sizeClass = FIRST_CLASS; sizeClass < CLASS_COUNT; sizeClass++) {
    expect(runBytes(sizeClass, SLAB_BYTES)).toBe(CLASS_SLABS[sizeClass] * SLAB_BYTES);
  }
});

describe('the peak', () => {
  it('is that of slabs of each class in use at one time', () => {
    const events = [malloc(0, 16), malloc(1, 16), malloc(2, 100), free(2), malloc(3, 1000)];
    expect(peak('64K', events)).toBe(128);
    expect(peak('32K', events)).toBe(64);
    expect(peak('16K', events)).toBe(32);
  });

  it('counts a block without a class as slabs of its own', () => {
    const events = [malloc(0, 300 * KIB), malloc(1, 70 * KIB), free(0), malloc(2, 310 * KIB)];
    // Of 80 KiB two come out even in five slabs of 32 KiB; of 16 KiB each takes five.
    expect(peak('32K', events)).toBe(320 + 160);
    expect(peak('16K', events)).toBe(320 + 80);
    expect(peak('32K-runs', events)).toBe(320 + 96);
  });

  it('has the old and the new block of a realloc, unless it stays where it is', () => {
    expect(peak('32K', [malloc(0, 100), realloc(0, 110), realloc(0, 105)])).toBe(32);
    expect(peak('32K', [malloc(0, 100), realloc(0, 200), realloc(0, 400)])).toBe(64);
    expect(peak('32K', [malloc(0, 300 * KIB), realloc(0, 320 * KIB)])).toBe(320);
    expect(peak('32K', [malloc(0, 300 * KIB), realloc(0, 330 * KIB)])).toBe(320 + 352);
  });

  it('is as low as the fullest slab first makes it', () => {
    const four = [0, 1, 2, 3].map((slot) => malloc(slot, 16 * KIB));
    const more = [4, 5, 6, 7].map((slot) => malloc(slot, 16 * KIB));
    const emptied = [free(0), free(1), free(2), free(4)];
    // The next block completes the second slab, so that the first can go.
    const events = [
      ...four,
      ...more,
      ...emptied,
      malloc(8, 16 * KIB),
      free(3),
      malloc(9, 64 * KIB),
    ];
    expect(peak('64K', events)).toBe(128);
  });

  it('has small slabs for the first of a class only', () => {
    // Eight blocks of 2 KiB fill a slab of 16 KiB.
    const blocks = Array.from({ length: 33 }, (_, slot) => malloc(slot, 2 * KIB));
    expect(peak('16K-first', blocks.slice(0, 8))).toBe(16);
    expect(peak('16K-first', blocks.slice(0, 32))).toBe(64);
    expect(peak('16K-first', blocks)).toBe(96);
    expect(peak('16K-first', [malloc(0, 2 * KIB + 1)])).toBe(32);
  });
});

describe('a class without a slab', () => {
  const beside = (size: number) => [malloc(0, 128), malloc(1, size)];

  it('borrows from a larger one within its bounds', () => {
    expect(peak('32K', beside(96))).toBe(64);
    expect(peak('32K-third', beside(96))).toBe(32);
    expect(peak('32K-third', beside(80))).toBe(64);
    expect(peak('32K-twice', beside(64))).toBe(32);
    expect(peak('32K-twice', beside(48))).toBe(64);
  });

  it('does not borrow where nothing is free, or where it has a slab itself', () => {
    const full = Array.from({ length: 4 }, (_, slot) => malloc(slot, 16 * KIB));
    expect(peak('32K-third', [...full, malloc(4, 14 * KIB)])).toBe(64 + 32);
    expect(peak('32K-third', [...full, free(2), malloc(4, 14 * KIB)])).toBe(64);
    expect(peak('32K-third', [malloc(2, 96), ...beside(96)])).toBe(64);
  });
});

it('slabs are sparse in a class whose blocks would not fill one', () => {
  const trace = decodeTrace(
    encodeTrace([
      malloc(0, 16),
      ...[1, 2, 3, 4].map((slot) => malloc(slot, 16 * KIB)),
      malloc(5, 300 * KIB),
    ]),
  );
  expect(footprintOf(trace, LAYOUTS['64K'])).toEqual({
    peakBytes: (64 + 64 + 320) * KIB,
    slabs: 2,
    sparseSlabs: 1,
  });
});

describe('npm run bench:slabs', () => {
  beforeAll(bundleBenchmarks);
  const run = (...args: string[]) => {
    const main = fileURLToPath(builtEntry('../../../bench/slabs/main.ts', import.meta.url));
    return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  };

  it('prints a ratio for each trace, and their mean', () => {
    const { status, stdout, stderr } = run('32K', '--trace', 'imagemagick');
    expect(stderr).toBe('');
    expect(stdout).toContain('139.04 MiB live');
    expect(stdout).toMatch(/slabs of 32 KiB, as built .* 1\.01 .* 1\.01 /);
    expect(status).toBe(0);
  });

  it.each([
    [['48K'], /^error: no layout '48K'; there are 32K, /],
    [['--trace', 'nothing'], /^error: trace nothing: cannot be read .* one of: gcc-cc1, /],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = run(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});
