import { describe, expect, test } from 'vitest';
import { bufferOf } from '../support/handles.js';
import { metadataCases } from './cases/metadata.js';
import { pointerCases } from './cases/pointers.js';
import { builds } from './support/builds.js';
import { World } from './support/world.js';

type Method = (world: World, ptr: number) => unknown;

/** Every way in for a pointer. */
const methods: readonly (readonly [name: string, method: Method])[] = [
  ['free', ({ heap }, ptr) => heap.free(ptr)],
  ['realloc', ({ heap }, ptr) => heap.realloc(ptr, 100)],
  ['realloc to 0 bytes', ({ heap }, ptr) => heap.realloc(ptr, 0)],
  ['realloc to too much', ({ heap }, ptr) => heap.realloc(ptr, 2 ** 40)],
  ['usableSize', ({ heap }, ptr) => heap.usableSize(ptr)],
  ['free of a view', ({ heap }, ptr) => heap.free(new Uint8Array(bufferOf(heap), ptr, 0))],
];

/** A view can start only at a whole byte of the buffer. */
function viewable({ heap }: World, ptr: number): boolean {
  return Number.isInteger(ptr) && ptr >= 0 && ptr <= heap.u8.length;
}

describe.each(builds)('the $name build', (build) => {
  describe.each([...pointerCases, ...metadataCases])('$name', ({ answer, pointers }) => {
    test.each(methods)('%s refuses it', (name, method) => {
      const world = new World(build, { prewarm: 0 });
      const all = pointers(world);
      const bad = name === 'free of a view' ? all.filter((ptr) => viewable(world, ptr)) : all;
      expect(all.length).toBeGreaterThan(0);
      world.expectRefused(
        bad.map((ptr) => () => method(world, ptr)),
        answer,
      );
      expect(all.filter((ptr) => world.heap.owns(ptr))).toEqual([]);
      world.clear();
    });
  });
});
