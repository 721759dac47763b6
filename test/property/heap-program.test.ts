import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Heap, type HeapOptions } from '../../src/index.js';
import { collectGarbage } from '../support/garbage.js';
import { MiB } from '../support/heaps.js';
import { propertyRuns } from '../support/property.js';
import { sharedMemory } from '../support/wasm-module.js';
import { heapCommands } from './model/arbitraries.js';
import { HeapModel } from './model/heap-model.js';

/**
 * Runs random programs against heaps of these options, all of them at the same time. A program that
 * fails is made shorter, where that does not take for ever.
 */
function checkPrograms(
  makeOptions: () => readonly HeapOptions[],
  maxCommands: number,
  runs: number,
  shrink = true,
): void {
  fc.assert(
    fc.property(fc.commands(heapCommands, { maxCommands, size: 'max' }), (program) => {
      const models = makeOptions().map((options) => new HeapModel(Heap.create(options)));
      try {
        fc.modelRun(() => ({ model: models, real: models.map(({ heap }) => heap) }), program);
        for (const model of models) model.clear();
      } finally {
        for (const { heap } of models) heap.detach();
        collectGarbage();
      }
    }),
    { ...propertyRuns(runs), endOnFailure: !shrink },
  );
}

describe('random programs hold against a plain model', () => {
  test('on a heap that grows', () => {
    checkPrograms(() => [{ initialBytes: 8 * MiB, maximumBytes: 64 * MiB }], 500, 25);
  });

  test('on a fixed heap that is soon full', () => {
    checkPrograms(() => [{ initialBytes: 12 * MiB, maximumBytes: 12 * MiB }], 500, 15);
  });

  test('on a heap in a WebAssembly.Memory', () => {
    checkPrograms(
      () => [{ memory: sharedMemory(8 * MiB, 32 * MiB), maximumBytes: 32 * MiB }],
      400,
      6,
      false,
    );
  });

  test('on several heaps at once', () => {
    checkPrograms(
      () => [
        { initialBytes: 8 * MiB, maximumBytes: 64 * MiB },
        { initialBytes: 16 * MiB, maximumBytes: 16 * MiB, prewarm: 0 },
        { maximumBytes: 32 * MiB, maxThreads: 3 },
      ],
      900,
      8,
    );
  });

  test('in thousands of steps', () => {
    checkPrograms(() => [{ initialBytes: 8 * MiB, maximumBytes: 128 * MiB }], 6000, 2, false);
  });
});
