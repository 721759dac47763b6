import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleLibrary } from '../../scripts/bundle.mjs';
import { defines, flagTable, flagValues } from '../../scripts/flags.mjs';
import type { Heap as AnyHeap } from '../../src/index.js';

const names = Object.keys(flagTable);

describe('the table of build flags', () => {
  it('says of every flag what it observes, where it runs and what it costs', () => {
    for (const [name, flag] of Object.entries(flagTable)) {
      expect(name).toMatch(/^HAKMEM_[A-Z0-9_]+$/);
      expect(flag.observes.length, name).toBeGreaterThan(10);
      expect(flag.cost.length, name).toBeGreaterThan(5);
      expect(['hot', 'warm', 'cold'], name).toContain(flag.path);
    }
  });

  it('has every diagnostic off in production', () => {
    const on = names.filter((name) => flagValues()[name] === 1);
    expect(on).toEqual(['HAKMEM_BUILD_RELEASE']);
  });

  it('has every counter on in the debug build, which checks invariants', () => {
    const values = flagValues([], 'debug');
    expect(values.HAKMEM_BUILD_RELEASE).toBe(0);
    const counters = names.filter((name) => name.endsWith('_COMPILED'));
    expect(counters.length).toBe(15);
    for (const name of counters) expect(values[name], name).toBe(1);
  });

  it('gives every set of layout flags a number of its own', () => {
    const bits = (settings: string[]): string => defines(settings)['FLAGS.LAYOUT_BITS']!;
    expect(bits([])).toBe('0');
    const layout = names.filter((name) => flagTable[name]!.layout);
    const numbers = layout.map((name) => bits([`${name}=1`]));
    expect(new Set(numbers).size).toBe(layout.length);
    expect(numbers).not.toContain('0');
    expect(bits(['HAKMEM_BUILD_RELEASE=0'])).toBe('0');
  });
});

it('names the fields that show each counter: those, and no others, when it is on alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hakmem-flags-'));
  try {
    for (const [name, { fields, default: value }] of Object.entries(flagTable)) {
      const file = join(folder, `${name}.mjs`);
      await bundleLibrary(defines([`${name}=${1 - value}`]), file);
      const { Heap } = (await import(pathToFileURL(file).href)) as { Heap: typeof AnyHeap };
      const heap = Heap.create({ maximumBytes: 2 ** 24 });
      const { telemetry } = heap.stats();
      const there = Object.entries(telemetry).filter(([, shown]) => shown !== 'not compiled');
      expect(there.map(([field]) => field).sort(), name).toEqual([...fields].sort());
      heap.detach();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('setting flags', () => {
  it('replaces each by true or false', () => {
    const define = defines(['HAKMEM_SPILL_STATS_COMPILED=1']);
    expect(define['FLAGS.HAKMEM_SPILL_STATS_COMPILED']).toBe('true');
    expect(define['FLAGS.HAKMEM_DEBUG_TIMING']).toBe('false');
  });

  it.each([
    ['HAKMEM_SPIL_STATS=1', /no build flag 'HAKMEM_SPIL_STATS'; there are: HAKMEM_TINY_CLASS/],
    ['toString=1', /no build flag 'toString'/],
    ['HAKMEM_DEBUG_TIMING=2', /HAKMEM_DEBUG_TIMING is 0 or 1, not '2'/],
    ['HAKMEM_DEBUG_TIMING=', /HAKMEM_DEBUG_TIMING is 0 or 1, not ''/],
    ['HAKMEM_DEBUG_TIMING', /--flag wants NAME=0 or NAME=1, not 'HAKMEM_DEBUG_TIMING'/],
  ])('refuses %s', (setting, sentence) => {
    expect(() => defines([setting])).toThrow(sentence);
  });

  it.each([
    [['HAKMEM_DEBUG_TIMING=1', 'HAKMEM_BUILD_RELEASE=0'], /would show the invariant checks/],
    [['HAKMEM_DEBUG_TIMING=1', 'HAKMEM_BUILD_HARDENED=1'], /would show the call sites/],
    [
      ['HAKMEM_DEBUG_TIMING=1', 'HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED=1'],
      /each clock would time the other/,
    ],
  ])('refuses %j with the reason', (settings, sentence) => {
    expect(() => defines(settings)).toThrow(/^impossible flags: HAKMEM_/);
    expect(() => defines(settings)).toThrow(sentence);
    for (const setting of settings) expect(() => defines([setting])).not.toThrow();
  });
});
