/** Builds of the library that meet in one heap: those that agree about it work, others refuse it. */
import { describe, expect, test } from 'vitest';
import { bundleLibrary } from '../../scripts/bundle.mjs';
import { defines } from '../../scripts/flags.mjs';
import { SLAB_SHIFT } from '../../src/base/layout.js';
import { D_FREE } from '../../src/base/offsets.js';
import type { HeapHandle } from '../../src/index.js';
import { descriptorOf } from '../../src/superslab/slab.js';
import { clone } from '../support/handles.js';
import { expectSound, expectWorking, MiB } from '../support/heaps.js';
import { type Library, production } from './support/builds.js';

async function build(...flags: string[]): Promise<Library> {
  const outfile = `build/test/misuse/${flags.join('-')}.js`;
  await bundleLibrary(defines(flags), outfile);
  const url = new URL(`../../${outfile}`, import.meta.url).href;
  return (await import(/* @vite-ignore */ url)) as Library;
}

const builds = {
  production: production.bundle,
  checked: await build('HAKMEM_BUILD_RELEASE=0'),
  constant: await build('HAKMEM_CONST_CONFIG=1'),
  otherConstants: await build('HAKMEM_CONST_CONFIG=1', 'HAKMEM_TINY_CACHE_BLOCKS=20'),
  counting: await build('HAKMEM_SPILL_STATS_COMPILED=1'),
  countingMore: await build('HAKMEM_SPILL_STATS_COMPILED=1', 'HAKMEM_TINY_FREE_STATS_COMPILED=1'),
  timing: await build('HAKMEM_DEBUG_TIMING=1'),
  hardened: await build('HAKMEM_BUILD_HARDENED=1'),
} as const;
type Name = keyof typeof builds;
const names = Object.keys(builds) as Name[];

/** Which other builds' heaps each build takes. */
const takes: Readonly<Record<Name, readonly Name[]>> = {
  production: ['checked', 'constant', 'otherConstants'],
  checked: ['production', 'constant', 'otherConstants'],
  constant: ['production', 'checked'],
  otherConstants: [],
  counting: [],
  countingMore: [],
  timing: [],
  hardened: [],
};

/** A heap of one build with a block in it, which its maker has left. */
function heapOf(name: Name): { handle: HeapHandle; block: number } {
  const heap = builds[name].Heap.create({ maximumBytes: 16 * MiB, maxThreads: 4 });
  const left = { handle: clone(heap.handle), block: heap.malloc(100) };
  heap.detach();
  return left;
}

describe.each(names)('the build %s', (name) => {
  const { Heap, HakmemError } = builds[name];
  const [agreeing, others] = [
    names.filter((other) => other === name || takes[name].includes(other)),
    names.filter((other) => other !== name && !takes[name].includes(other)),
  ];

  test.each(agreeing)('works in a heap of %s', (other) => {
    const { handle, block } = heapOf(other);
    const heap = Heap.attach(handle);
    expect(heap.owns(block)).toBe(true);
    heap.free(block);
    expectWorking(heap);
    expectSound(heap);
    heap.detach();
  });

  test('loses no record to an attach that damage ends', () => {
    const { handle, block } = heapOf(name);
    const cells = new Int32Array(handle.buffer);
    const free = descriptorOf(block >>> SLAB_SHIFT) + D_FREE;
    cells[free]! += 100;
    expect(() => Heap.attach(handle)).toThrow(HakmemError);
    cells[free]! -= 100;
    const heap = Heap.attach(handle);
    expect(heap.threadId).toBe(0);
    expect(heap.stats().threads).toHaveLength(1);
    heap.free(block);
    // Damage was met in the middle of taking the slab over: to put slabs in order trusts no list.
    heap.flush();
    expectSound(heap);
    heap.detach();
  });

  test.each(others)('refuses a heap of %s and leaves it alone', (other) => {
    const { handle, block } = heapOf(other);
    let error: unknown;
    try {
      Heap.attach(handle);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HakmemError);
    expect(error).toMatchObject({ code: 'ERR_INCOMPATIBLE_HEAP' });
    expect((error as Error).message).toMatch(
      /by a build with other flags in its layout|HAKMEM_TINY_CACHE_BLOCKS is \d+ there/,
    );
    const heap = builds[other].Heap.attach(handle);
    expect(heap.owns(block)).toBe(true);
    expect(heap.stats().threads).toHaveLength(1);
    heap.free(block);
    expectSound(heap);
    heap.detach();
  });
});
