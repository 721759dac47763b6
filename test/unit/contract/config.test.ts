import { afterEach, describe, expect, it, vi } from 'vitest';
import { SETTINGS } from '../../../src/base/config.js';
import { CLASS_ENTRIES, classOf } from '../../../src/base/sizeclass.js';
import { Heap } from '../../../src/index.js';
import { LARGE_SETTINGS } from '../../../src/large/settings.js';
import { TINY_SETTINGS } from '../../../src/tiny/settings.js';
import { expectCode } from '../../support/errors.js';
import { createHeap, expectSound, KiB, MiB } from '../../support/heaps.js';
import { withoutQuarantine } from '../../support/quarantine.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const maximumBytes = 64 * MiB;

describe('config', () => {
  it('has the defaults of the tiers where nothing else is said', () => {
    const { mode, front, large, bigCache } = createHeap({ maximumBytes }).config();
    expect(mode).toBe('normal');
    expect(front.cacheBlocks).toEqual({ value: TINY_SETTINGS.cacheBlocks, source: 'default' });
    expect(large.spillBytes).toEqual({ value: LARGE_SETTINGS.spillBytes, source: 'default' });
    expect(bigCache.slots.source).toBe('default');
  });

  it('takes an option before a variable, and a variable before the default', () => {
    vi.stubEnv('HAKMEM_TINY_CACHE_BLOCKS', '20');
    vi.stubEnv('HAKMEM_MID_REFILL_BLOCKS', '3');
    vi.stubEnv('HAKMEM_BIGCACHE_SLOTS', '');
    const heap = createHeap({ maximumBytes, config: { front: { cacheBlocks: 10 } } });
    const { front, mid, bigCache } = heap.config();
    expect(front.cacheBlocks).toEqual({ value: 10, source: 'option' });
    expect(mid.refillBlocks).toEqual({ value: 3, source: 'environment' });
    expect(bigCache.slots.source).toBe('default');
    // The settings are the heap's: whoever attaches sees the same.
    vi.unstubAllEnvs();
    expect(Heap.attach(heap.handle).config()).toEqual(heap.config());
  });

  it('tells of variables that look like settings and are none, and goes by none of them', () => {
    vi.stubEnv('HAKMEM_TINY_CACHE_BLOKS', '20');
    vi.stubEnv('HAKMEM_MID_REFILL_BLOCKS', '3');
    const { front, unknownVariables } = createHeap({ maximumBytes }).config();
    expect(front.cacheBlocks.source).toBe('default');
    expect(unknownVariables).toContain('HAKMEM_TINY_CACHE_BLOKS');
    expect(unknownVariables).not.toContain('HAKMEM_MID_REFILL_BLOCKS');
    expect(unknownVariables).toEqual([...unknownVariables].sort());
  });

  it('has defaults within the bounds that it holds others to', () => {
    const config = createHeap({ maximumBytes }).config();
    for (const { box, field, name, least, most } of SETTINGS) {
      const { value } = (config[box] as Record<string, { value: number }>)[field]!;
      expect(value, name).toBeGreaterThanOrEqual(least);
      expect(value, name).toBeLessThanOrEqual(most);
    }
  });

  it('says how many blocks a thread starts with that does not say so itself', () => {
    const cached = (heap: Heap): number => {
      const { cachedBytes } = heap.stats();
      heap.detach();
      return cachedBytes;
    };
    const none = createHeap({ maximumBytes, config: { front: { prewarm: 0 } } });
    const { handle } = none;
    expect(none.config().front.prewarm).toEqual({ value: 0, source: 'option' });
    expect(cached(none)).toBe(0);
    expect(cached(Heap.attach(handle))).toBe(0);
    expect(cached(Heap.attach(handle, { prewarm: 2 }))).toBeGreaterThan(0);
    vi.stubEnv('HAKMEM_TINY_PREWARM', '0');
    expect(cached(createHeap({ maximumBytes }))).toBe(0);
    expect(cached(createHeap({ maximumBytes, prewarm: 2 }))).toBeGreaterThan(0);
  });

  it('is bounded by what any cache of the tier has room for', () => {
    const tiers = { front: 128, mid: 4096, large: 256 * KiB };
    for (const [box, size] of Object.entries(tiers)) {
      const most = CLASS_ENTRIES[classOf(size)]!;
      for (const field of ['cacheBlocks', 'refillBlocks']) {
        const create = (blocks: number): Heap =>
          createHeap({ maximumBytes, config: { [box]: { [field]: blocks } } });
        expect(create(most).config()[box as 'mid'][field as 'cacheBlocks'].value).toBe(most);
        expectCode(() => create(most + 1), 'ERR_INVALID_OPTION');
        expect(() => create(most + 1)).toThrow(`config.${box}.${field}: must be an integer`);
      }
    }
  });

  it('has an effect up to its bounds', () => {
    withoutQuarantine();
    const mostCached = (cacheBlocks: number): number => {
      const blocks = { cacheBlocks, cacheBytes: 2 ** 30, spillMagazines: 0 };
      const heap = createHeap({ maximumBytes, prewarm: 0, config: { mid: blocks } });
      let most = 0;
      for (let turn = 0; turn < 20; turn++) {
        const ptrs = Array.from({ length: 100 }, () => heap.malloc(2048));
        for (const ptr of ptrs) {
          heap.free(ptr);
          if (turn > 15) most = Math.max(most, heap.stats().cachedBytes);
        }
      }
      return most;
    };
    expect(mostCached(62)).toBeGreaterThan(mostCached(61));
    expect(mostCached(61)).toBeGreaterThan(mostCached(10));
  });

  it('fills a cache whole in one refill where it says so', () => {
    const { cacheBlocks } = TINY_SETTINGS;
    const front = { refillBlocks: cacheBlocks, refillBytes: 2 ** 30 };
    const heap = createHeap({ maximumBytes, prewarm: 0, config: { front } });
    // Blocks of one slab: where it ends, so does a refill.
    const ptrs = Array.from({ length: 2 * cacheBlocks }, () => heap.malloc(16));
    expect(heap.stats().threads[0]!.refills).toBe(2);
    for (const ptr of ptrs) heap.free(ptr);
    expectSound(heap);
  });

  it('is what the caches go by', () => {
    withoutQuarantine();
    const heap = createHeap({
      maximumBytes,
      prewarm: 0,
      config: { front: { cacheBlocks: 4, spillMagazines: 0 }, bigCache: { slots: 0 } },
    });
    const ptrs = Array.from({ length: 100 }, () => heap.malloc(64));
    for (const ptr of ptrs) heap.free(ptr);
    heap.free(heap.malloc(4 * MiB));
    // No magazine waits and no run is kept: what is cached is this thread's, at most 4 and its first.
    expect(heap.stats().cachedBytes).toBeLessThanOrEqual(8 * 128);
  });

  it.each([
    ['config', 7, 'option config:'],
    ['config.front', { front: 7 }, 'option config.front:'],
    ['config.tiny', { tiny: {} }, 'option config.tiny:'],
    ['config.mid.cacheByte', { mid: { cacheByte: 1 } }, 'option config.mid.cacheByte:'],
    ['config.front.cacheBlocks', { front: { cacheBlocks: 1000 } }, 'config.front.cacheBlocks:'],
    ['config.large.spillBytes', { large: { spillBytes: '8' } }, 'config.large.spillBytes:'],
    ['config.bigCache.slots', { bigCache: { slots: -1 } }, 'config.bigCache.slots:'],
  ])('refuses a bad %s and names it', (_name, config, words) => {
    const create = (): unknown => Heap.create({ maximumBytes, config: config as never });
    expectCode(create, 'ERR_INVALID_OPTION');
    expect(create).toThrow(words);
  });

  it.each(['many', '-1', '1.5', '1e3', '99999999999'])('refuses the variable %s', (value) => {
    vi.stubEnv('HAKMEM_LARGE_CACHE_BYTES', value);
    const create = (): unknown => Heap.create({ maximumBytes });
    expectCode(create, 'ERR_INVALID_OPTION');
    expect(create).toThrow('HAKMEM_LARGE_CACHE_BYTES');
  });
});
