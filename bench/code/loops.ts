/**
 * The loops whose machine code is counted. Each calls the allocator once a turn and does as little
 * else as a loop can. The heap is a constant of the function around, as docs/performance.md advises,
 * but where it is to be a parameter.
 *
 * The code that counts is that of the functions named `hot`. Each calls a function with the loop
 * itself, which V8 writes into it unless that is too long: from Node 22 on the heap is a constant only
 * then.
 */
import type { Heap } from '../../src/index.js';

/** What is called in turn, again and again; the heap is left as it was. */
export interface Calls {
  readonly before?: () => void;
  readonly hot: () => void;
  readonly after?: () => void;
}

export interface Loop {
  readonly about: string;
  /** The heap grew before, so that the fields that the fast paths read are no constants any more. */
  readonly grown?: true;
  start(heap: Heap, blocks: Uint32Array): Calls;
}

/** Enough that caches run empty and full, so that V8 has seen the slow halves called. */
export const TURNS = 400;
const SIZE = 64;

const malloc: Loop = {
  about: `blocks[i] = heap.malloc(${SIZE})`,
  start: (heap, blocks) => {
    const hotTurns = (): void => {
      for (let i = 0; i < TURNS; i++) blocks[i] = heap.malloc(SIZE);
    };
    return {
      hot: function hot() {
        hotTurns();
      },
      after: () => freeAll(heap, blocks),
    };
  },
};

const free: Loop = {
  about: 'heap.free(blocks[i])',
  start: (heap, blocks) => {
    const hotTurns = (): void => {
      for (let i = 0; i < TURNS; i++) heap.free(blocks[i]);
    };
    return {
      before: () => fill(heap, blocks),
      hot: function hot() {
        hotTurns();
      },
    };
  },
};

export const LOOPS = {
  malloc,
  'malloc-sizes': {
    about: 'blocks[i] = heap.malloc(sizes[i])',
    start: (heap, blocks) => {
      const sizes = Uint32Array.from(blocks, (_, i) => 16 + (i % 64) * 16);
      const hotTurns = (): void => {
        for (let i = 0; i < TURNS; i++) blocks[i] = heap.malloc(sizes[i]);
      };
      return {
        hot: function hot() {
          hotTurns();
        },
        after: () => freeAll(heap, blocks),
      };
    },
  },
  free,
  'malloc-parameter': {
    about: 'malloc, heap and blocks as parameters',
    start: (heap, blocks) => {
      function hot(any: Heap, table: Uint32Array): void {
        for (let i = 0; i < TURNS; i++) table[i] = any.malloc(SIZE);
      }
      return { hot: hot.bind(undefined, heap, blocks), after: () => freeAll(heap, blocks) };
    },
  },
  'free-parameter': {
    about: 'free, heap and blocks as parameters',
    start: (heap, blocks) => {
      function hot(any: Heap, table: Uint32Array): void {
        for (let i = 0; i < TURNS; i++) any.free(table[i]);
      }
      return { before: () => fill(heap, blocks), hot: hot.bind(undefined, heap, blocks) };
    },
  },
  'malloc-grown': { ...malloc, about: 'malloc, of a heap that grew', grown: true },
  'free-grown': { ...free, about: 'free, of a heap that grew', grown: true },
} as const satisfies Readonly<Record<string, Loop>>;

export type LoopName = keyof typeof LOOPS;

export const LOOP_NAMES = Object.keys(LOOPS) as LoopName[];

export function isLoop(name: string): name is LoopName {
  return Object.hasOwn(LOOPS, name);
}

function fill(heap: Heap, blocks: Uint32Array): void {
  for (let i = 0; i < blocks.length; i++) blocks[i] = heap.malloc(SIZE);
}

function freeAll(heap: Heap, blocks: Uint32Array): void {
  for (const block of blocks) heap.free(block);
}
