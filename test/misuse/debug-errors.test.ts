import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MiB, mustMalloc } from '../support/heaps.js';
import { debug } from './support/builds.js';
import { createHeap, errorOf } from './support/debug-heap.js';

const { debugSettings } = debug.bundle;

test('a realloc that is told of damage twice over loses neither a block nor an error', () => {
  const { quarantineBytes } = debugSettings;
  debugSettings.quarantineBytes = MiB;
  try {
    const heap = createHeap({ maximumBytes: 64 * MiB });
    const freed = Array.from({ length: 8 }, () => mustMalloc(heap, 120_000));
    const ptr = mustMalloc(heap, 100_000);
    for (const block of freed) heap.free(block);
    const damaged = freed.slice(0, 2);
    for (const block of damaged) heap.u8[block + 50] = 1;
    // Making room for the block that moves tells of the first.
    const first = errorOf(() => heap.realloc(ptr, 200_000));
    expect([...heap.blocks()].map((block) => block.ptr)).toEqual([ptr]);
    const moved = heap.realloc(ptr, 200_000);
    const second = errorOf(() => heap.free(moved));
    heap.free(moved);
    for (const [index, error] of [first, second].entries()) {
      expect(error.code).toBe('ERR_WRITE_AFTER_FREE');
      expect(error.history).toMatchObject({ ptr: damaged[index] });
    }
    heap.flush();
    expect(heap.stats().liveBlocks).toBe(0);
  } finally {
    debugSettings.quarantineBytes = quarantineBytes;
  }
});

test('a stack that cannot be printed leaves the limit of frames as it was', () => {
  const heap = createHeap();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Error.prepareStackTrace = () => {
    throw new RangeError('no stack');
  };
  let limit = 0;
  let thrown: unknown;
  try {
    heap.malloc(10);
  } catch (error) {
    limit = Error.stackTraceLimit;
    thrown = error;
  } finally {
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare);
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
    Error.stackTraceLimit = stackTraceLimit;
  }
  expect(limit).toBe(50);
  expect(thrown).toBeInstanceOf(RangeError);
  expect(thrown).toMatchObject({ message: 'no stack' });
});

/** A program whose deepest frames each call malloc from another place; alone, as V8 may end it. */
const DEEP = `
const { Heap, debugSettings } = await import(process.argv[1]);
debugSettings.onLeaks = undefined;
debugSettings.stackFrames = 8;
for (let round = 0; round < 60; round++) {
  const heap = Heap.create({ maximumBytes: 64 * 2 ** 20 });
  const blocks = Array.from({ length: 40 }, () => heap.malloc(100 + round));
  if (round % 2) for (const block of blocks) heap.free(block);
  let left = 30;
  const down = (...padding) => {
    try { down(...padding); } catch (error) { if (error.constructor !== RangeError) throw error; }
    if (left === 0) return;
    left--;
    try { heap.malloc(100 + round); } catch (error) { if (error.constructor !== RangeError) throw error; }
  };
  const padded = (frames, ...padding) =>
    frames === 0 ? down(...padding) : padded(frames - 1, ...padding, 1);
  padded(round % 7);
  if (!heap.owns(heap.malloc(100))) throw new Error('no block after round ' + round);
  heap.detach();
}
console.log('went on');
`;

test('a call site that is noted where hardly any stack is left does not end the process', async () => {
  const args = ['--input-type=module', '--eval', DEEP, debug.url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe('went on\n');
});
