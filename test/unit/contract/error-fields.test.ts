import { expect, test } from 'vitest';
import { HakmemError, Heap } from '../../../src/index.js';
import { createHeap, mustMalloc } from '../../support/heaps.js';

function errorOf(action: () => unknown): HakmemError {
  try {
    action();
  } catch (error) {
    if (error instanceof HakmemError) return error;
    throw error;
  }
  throw new Error('no error');
}

function free(heap: Heap, target: unknown): HakmemError {
  return errorOf(() => {
    heap.free(target as number);
  });
}

test('an error about a pointer has it as a field', () => {
  const heap = createHeap();
  const ptr = mustMalloc(heap, 100);
  expect(free(heap, ptr + 16)).toMatchObject({ code: 'ERR_INVALID_POINTER', pointer: ptr + 16 });
  expect(free(heap, 0.5)).toMatchObject({ code: 'ERR_INVALID_POINTER', pointer: 0.5 });
  heap.free(ptr);
  expect(free(heap, ptr)).toMatchObject({ code: 'ERR_DOUBLE_FREE', pointer: ptr });
});

test('an error about an option has its name as a field', () => {
  const refused = errorOf(() => Heap.create({ maxThreads: 0 }));
  expect(refused).toMatchObject({ code: 'ERR_INVALID_OPTION', option: 'maxThreads' });
  expect('pointer' in refused).toBe(false);
});

test('other errors have neither field', () => {
  const heap = createHeap();
  for (const error of [free(heap, 'x'), errorOf(() => heap.malloc(-1))]) {
    expect('pointer' in error).toBe(false);
    expect('option' in error).toBe(false);
  }
});
