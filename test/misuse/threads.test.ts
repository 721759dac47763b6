import { describe, expect, test } from 'vitest';
import { KiB, MiB, mustMalloc } from '../support/heaps.js';
import { type Build, builds, debug, production } from './support/builds.js';
import { Thread } from './support/thread.js';
import { Turnstile } from './support/turnstile.js';
import { World } from './support/world.js';

const sizes = [16, 100, 5000, 40 * KiB, 200_000, 400_000, 3 * MiB];
/** Blocks over 256 KiB have slabs of their own, which may be gone when they are freed again. */
const RUN = 256 * KiB;

describe.each(builds)('the $name build', (build) => {
  test.each(sizes)('%i bytes, freed here and then by another thread', async (size) => {
    const world = new World(build);
    const thread = new Thread(build, world.heap);
    const ptrs = Array.from({ length: 6 }, () => mustMalloc(world.heap, size)).slice(1, -1);
    for (const ptr of ptrs) world.heap.free(ptr);
    const answers = [
      ...(await thread.call('free', ptrs)),
      ...(await thread.call('realloc', ptrs, 8)),
    ];
    const allowed = size < RUN ? ['ERR_DOUBLE_FREE'] : ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'];
    expect(answers.filter((answer) => !allowed.includes(answer))).toEqual([]);
    await thread.call('detach');
    world.clear();
  });

  test.each(sizes)('%i bytes, freed by another thread and then here', async (size) => {
    const world = new World(build);
    const thread = new Thread(build, world.heap);
    const ptrs = Array.from({ length: 6 }, () => mustMalloc(world.heap, size)).slice(1, -1);
    expect(await thread.call('free', ptrs)).toEqual(ptrs.map(() => 'no error'));
    const codes = ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'] as const;
    world.expectRefused(
      ptrs.flatMap((ptr) => [() => world.heap.free(ptr), () => world.heap.realloc(ptr, 8)]),
      size < RUN ? codes.slice(0, 1) : codes,
    );
    await thread.call('detach');
    world.clear();
  });

  test('a view that was sent to another thread, freed there and here', async () => {
    const world = new World(build);
    const thread = new Thread(build, world.heap);
    const [, view] = Array.from({ length: 3 }, () => world.heap.mallocAs(Float32Array, 50));
    expect(await thread.call('freeViews', [view!, view!])).toEqual(['no error', 'ERR_DOUBLE_FREE']);
    world.expectRefused([() => world.heap.free(view!)], ['ERR_DOUBLE_FREE']);
    await thread.call('detach');
    world.clear();
  });

  test('bad pointers are refused on a thread that never saw the block', async () => {
    const world = new World(build);
    const thread = new Thread(build, world.heap);
    const bad = world.scene.blocks.flatMap(({ ptr }) => [ptr + 1, ptr + 8, -ptr, ptr + 2 ** 32]);
    world.scene.expectUnharmed(() => undefined);
    const answers = [
      ...(await thread.call('free', bad)),
      ...(await thread.call('realloc', bad, 100)),
    ];
    expect(new Set(answers)).toEqual(new Set(['ERR_INVALID_POINTER']));
    await thread.call('detach');
    world.scene.expectUnharmed(() => undefined);
    world.clear();
  });
});

/**
 * Two threads free the same block at the same moment. Whoever comes second is refused, unless
 * neither has left a trace yet when the other looks: that the debug build excludes for every block,
 * and production for those only that no cache of a thread keeps, above 4 MiB. A block that production let
 * both free has two owners; `verify` says so, and that heap is good for nothing any more.
 */
async function race(build: Build, size: number, blocks: number): Promise<number> {
  const { Heap, HakmemError } = build.bundle;
  const heap = Heap.create({ maximumBytes: 1024 * MiB });
  const thread = new Thread(build, heap);
  // It must be listening before this thread stops doing so.
  await thread.call('flush');
  const ptrs = Array.from({ length: blocks }, () => mustMalloc(heap, size));
  const gate = new SharedArrayBuffer(4);
  const theirs = thread.call('race', ptrs, gate, 2);
  const turnstile = new Turnstile(gate, 2);
  const ours = ptrs.map((ptr) => {
    turnstile.pass();
    try {
      heap.free(ptr);
      return 'no error';
    } catch (error) {
      if (error instanceof HakmemError) return error.code;
      throw error;
    }
  });
  const answers = (await theirs).map((their, round) => [their, ours[round]!]);
  const freed = answers.map((pair) => pair.filter((answer) => answer === 'no error').length);
  const refused = answers.flat().filter((answer) => answer !== 'no error');
  const allowed = size < RUN ? ['ERR_DOUBLE_FREE'] : ['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER'];
  expect(refused.filter((answer) => !allowed.includes(answer))).toEqual([]);
  expect(freed.every((times) => times >= 1)).toBe(true);
  const unseen = freed.filter((times) => times === 2).length;
  const { ok, problems } = heap.verify();
  expect(ok, problems.join()).toBe(unseen === 0);
  await thread.end();
  heap.detach();
  return unseen;
}

describe('two threads that free the same block at the same moment', () => {
  test.each(sizes)('%i bytes: the debug build refuses one of them, always', async (size) => {
    expect(await race(debug as unknown as Build, size, size < RUN ? 300 : 40)).toBe(0);
  });

  test('5 MiB: production refuses one of them, always', async () => {
    expect(await race(production, 5 * MiB, 40)).toBe(0);
  });

  test.each(sizes)(
    '%i bytes: production refuses one of them, or verify finds the block',
    async (size) => {
      // Few blocks a heap, so that what both freed stays in their caches.
      for (let heaps = 0; heaps < 6; heaps++) await race(production, size, size < RUN ? 2 : 1);
    },
  );
});

test.each([100, 5000, 300_000])(
  '%i bytes, resized in place here and freed by another thread at the same moment: not both in turn',
  async (size) => {
    const heap = debug.bundle.Heap.create({ maximumBytes: 256 * MiB });
    const thread = new Thread(debug as unknown as Build, heap as never);
    await thread.call('flush');
    const ptrs = Array.from({ length: 200 }, () => heap.malloc(size));
    const gate = new SharedArrayBuffer(4);
    const theirs = thread.call('race', ptrs, gate, 2);
    const turnstile = new Turnstile(gate, 2);
    const refusals = new Set<string>();
    for (const ptr of ptrs) {
      turnstile.pass();
      try {
        heap.realloc(ptr, size - 1);
      } catch (error) {
        if (!(error instanceof debug.bundle.HakmemError)) throw error;
        refusals.add(error.code);
      }
    }
    const answers = await theirs;
    // Whoever freed the block has freed it, whatever became of the resize.
    const revived = ptrs.filter((ptr, i) => answers[i] === 'no error' && heap.owns(ptr));
    expect(revived).toEqual([]);
    expect([...refusals].filter((code) => !/DOUBLE_FREE|INVALID_POINTER/.test(code))).toEqual([]);
    expect(heap.verify().problems).toEqual([]);
    await thread.end();
    heap.detach();
  },
);
