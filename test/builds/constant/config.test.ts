import { build } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { root } from '../../../scripts/bundle.mjs';
import { defines } from '../../../scripts/flags.mjs';
import { Heap } from '../../../src/index.js';
import { TINY_SETTINGS } from '../../../src/tiny/settings.js';
import { createHeap, expectWorking, MiB } from '../../support/heaps.js';

const maximumBytes = 64 * MiB;

it('reports constants, whatever the environment says, and refuses options', () => {
  vi.stubEnv('HAKMEM_TINY_CACHE_BLOCKS', '20');
  const heap = createHeap({ maximumBytes });
  vi.unstubAllEnvs();
  expect(heap.config().mode).toBe('constant');
  expect(heap.config().front.cacheBlocks).toEqual({
    value: TINY_SETTINGS.cacheBlocks,
    source: 'constant',
  });
  expectWorking(heap);
  const create = (): unknown => Heap.create({ maximumBytes, config: {} });
  expect(create).toThrow(
    /option config: cannot be set, got an object; this build has constant settings/,
  );
});

async function bundle(...settings: string[]): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    bundle: true,
    format: 'esm',
    minifySyntax: true,
    define: defines(settings),
    write: false,
  });
  return outputFiles[0]!.text;
}

it('leaves code that the constants rule out out of the bundle', async () => {
  const constant = 'HAKMEM_CONST_CONFIG=1';
  const normal = await bundle();
  const fixed = await bundle(constant);
  const bare = await bundle(
    constant,
    'HAKMEM_BIGCACHE_SLOTS=0',
    'HAKMEM_TINY_SPILL_MAGAZINES=0',
    'HAKMEM_MID_SPILL_MAGAZINES=0',
    'HAKMEM_LARGE_SPILL_MAGAZINES=0',
  );
  // A full cache spills; a run looks for its slot in the BigCache.
  for (const code of ['function putMagazine(', ') % slots']) {
    expect(normal).toContain(code);
    expect(fixed).toContain(code);
    expect(bare).not.toContain(code);
  }
  // Slow paths read the header in the normal mode alone, and variables are looked up there alone.
  expect(normal).toContain('function environment(');
  expect(fixed).not.toContain('function environment(');
  expect(bare.length).toBeLessThan(fixed.length);
});

it('refuses settings out of range, and settings of a build that looks them up', () => {
  expect(() => defines(['HAKMEM_BIGCACHE_SLOTS=0'])).toThrow(
    /impossible flags: HAKMEM_BIGCACHE_SLOTS without HAKMEM_CONST_CONFIG=1/,
  );
  expect(() => defines(['HAKMEM_CONST_CONFIG=1', 'HAKMEM_TINY_CACHE_BLOCKS=1'])).toThrow(
    /HAKMEM_TINY_CACHE_BLOCKS is an integer from 2 to 254, not '1'/,
  );
});
