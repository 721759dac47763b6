/** What the tests of the debug build share. */
import { onTestFinished } from 'vitest';
import type { BlockHistory, Heap, HeapOptions } from '../../../src/debug.js';
import { expectSound, MiB } from '../../support/heaps.js';
import { debug } from './builds.js';

const { Heap: Made, HakmemError, debugSettings } = debug.bundle;

/** A heap of the debug build for one test: sound at its end, and detached. */
export function createHeap(options: HeapOptions = {}): Heap {
  const heap = Made.create({ maximumBytes: 64 * MiB, ...options });
  onTestFinished(() => {
    if (!heap.attached) return;
    expectSound(heap);
    heap.detach();
  });
  return heap;
}

/** The HakmemError that a call throws. */
export function errorOf(call: () => unknown): Error & { code: string; history?: BlockHistory } {
  try {
    call();
  } catch (error) {
    if (error instanceof HakmemError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Settings for one test. */
export function set(settings: Partial<typeof debugSettings>): void {
  const before = { ...debugSettings };
  Object.assign(debugSettings, settings);
  onTestFinished(() => void Object.assign(debugSettings, before));
}
