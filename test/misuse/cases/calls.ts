/** Single calls that must be refused: views of other memory, closed heaps and arenas, marks. */
import type { Heap } from '../../../src/index.js';
import { bufferOf, copyOf } from '../../support/handles.js';
import { MiB } from '../../support/heaps.js';
import type { Expected, World } from '../support/world.js';

export interface CallCase {
  readonly name: string;
  readonly answer: Expected;
  /** Sets the scene and returns the calls, each of which must give the answer. */
  readonly calls: (world: World) => readonly (() => unknown)[];
}

/** Every method of a heap that takes a pointer or view, for this one value. */
function takers(heap: Heap, value: unknown): (() => unknown)[] {
  return [
    () => heap.free(value as never),
    () => heap.realloc(value as never, 100),
    () => heap.realloc(value as never, 0),
    () => heap.usableSize(value as never),
  ];
}

const views: readonly (readonly [name: string, view: (world: World) => unknown])[] = [
  ['a private buffer', () => new Uint8Array(100)],
  [
    "a private buffer, at a block's offset",
    ({ scene }) => new Uint8Array(new ArrayBuffer(8 * MiB), scene.block, 4),
  ],
  ['another shared buffer', () => new Uint8Array(new SharedArrayBuffer(64))],
  [
    "another shared buffer, at a block's offset",
    ({ scene }) => new Float64Array(new SharedArrayBuffer(8 * MiB), scene.block, 4),
  ],
  [
    "a copy of the heap, at a block's offset",
    ({ heap, scene }) => new Uint8Array(copyOf(bufferOf(heap)), scene.block, 4),
  ],
  ['a block of another heap', (world) => world.another().mallocAs(Uint32Array, 25)],
  [
    "another heap, at a block's offset",
    (world) => new Uint8Array(bufferOf(world.another()), world.scene.block, 4),
  ],
  ['the inside of a block', ({ heap, scene }) => new Uint8Array(bufferOf(heap), scene.block + 16)],
  ['the whole heap', ({ heap }) => heap.u8],
  ['the end of the heap', ({ heap }) => new Uint8Array(bufferOf(heap), heap.u8.length)],
  ["the heap's tables", ({ heap }) => new DataView(bufferOf(heap), 64, 8)],
  ['a Node buffer', () => Buffer.from('hakmem')],
];

const foreignViews: readonly CallCase[] = views.map(([name, view]) => ({
  name: `a view of ${name}`,
  answer: ['ERR_INVALID_POINTER'],
  calls: (world) => takers(world.heap, view(world)),
}));

/** Every method of a heap that its thread has left. */
function everyMethod(heap: Heap, ptr: number): (() => unknown)[] {
  return [
    () => heap.malloc(16),
    () => heap.malloc(NaN),
    () => heap.malloc(2 ** 40),
    () => heap.calloc(2, 8),
    () => heap.realloc(ptr, 8),
    () => heap.realloc(0, 8),
    () => heap.memalign(64, 8),
    () => heap.memalign(3, 8),
    () => heap.free(ptr),
    () => heap.free(0),
    () => heap.free(-1),
    () => heap.free(new Uint8Array(4)),
    () => heap.usableSize(ptr),
    () => heap.mallocAs(Uint8Array, 8),
    () => heap.callocAs(Uint8Array, 8),
    () => heap.u8,
    () => heap.f64,
    () => heap.arena(),
    () => heap.flush(),
    () => heap.detach(),
    () => heap.reclaim(1),
    () => heap.stats(),
    () => heap.verify(),
    () => heap.blocks(),
  ];
}

const afterTheEnd: readonly CallCase[] = [
  {
    name: 'every method of a heap that was detached',
    answer: ['ERR_DETACHED'],
    calls(world) {
      const heap = world.another();
      const ptr = heap.malloc(100);
      heap.detach();
      return everyMethod(heap, ptr);
    },
  },
  {
    name: 'every method of a heap that was disposed',
    answer: ['ERR_DETACHED'],
    calls(world) {
      const heap = world.another();
      const ptr = heap.malloc(100);
      heap[Symbol.dispose]();
      return everyMethod(heap, ptr);
    },
  },
  {
    name: 'every method of an arena that was disposed',
    answer: ['ERR_DETACHED'],
    calls({ heap }) {
      const arena = heap.arena();
      const mark = arena.mark();
      arena.alloc(100);
      arena.dispose();
      return [
        () => arena.alloc(8),
        () => arena.alloc(-1),
        () => arena.allocAs(Uint8Array, 8),
        () => arena.mark(),
        () => arena.rewind(mark),
        () => arena.reset(),
        () => arena.allocatedBytes,
        () => arena.dispose(),
      ];
    },
  },
  {
    name: 'every method of an arena whose heap was detached',
    answer: ['ERR_DETACHED'],
    calls(world) {
      const heap = world.another();
      const arena = heap.arena();
      const mark = arena.mark();
      arena.alloc(100);
      heap.detach();
      return [
        () => arena.alloc(8),
        () => arena.allocAs(Uint8Array, 8),
        () => arena.mark(),
        () => arena.rewind(mark),
        () => arena.reset(),
        () => arena.dispose(),
      ];
    },
  },
  {
    name: 'a mark that a reset or an earlier rewind undid, or of another arena',
    answer: ['ERR_INVALID_OPTION'],
    calls({ heap, scene }) {
      const arena = heap.arena();
      const early = arena.mark();
      arena.alloc(100);
      const late = arena.mark();
      arena.rewind(early);
      const other = heap.arena();
      other.alloc(8);
      const reset = other.mark();
      other.reset();
      const calls = [
        () => arena.rewind(late),
        () => other.rewind(reset),
        () => other.rewind(early),
        () => scene.arena.rewind(early),
        () => arena.rewind({} as never),
        () => arena.rewind(undefined as never),
      ];
      return calls;
    },
  },
  {
    name: 'a view freed twice',
    answer: ['ERR_DOUBLE_FREE'],
    calls({ heap }) {
      heap.mallocAs(Int16Array, 20);
      const view = heap.callocAs(Int16Array, 20);
      heap.mallocAs(Int16Array, 20);
      heap.free(view);
      return [() => heap.free(view), () => heap.free(new DataView(view.buffer, view.byteOffset))];
    },
  },
];

const overflows: readonly CallCase[] = [
  {
    name: 'counts whose product no heap can hold',
    answer: ['no error'],
    calls: ({ heap }) =>
      [
        [2 ** 16, 2 ** 16],
        [2 ** 31, 2],
        [2 ** 32, 2 ** 32],
        [2 ** 26, 2 ** 27],
        [3, 2 ** 52],
        [2 ** 53 - 1, 2 ** 53 - 1],
        [2 ** 53 - 1, 2],
      ].map(([count, size]) => () => {
        const ptr = heap.calloc(count!, size!);
        if (ptr !== 0) throw new Error(`calloc(${count}, ${size}) gave ${ptr}`);
      }),
  },
  {
    name: 'lengths whose bytes no heap can hold',
    answer: ['ERR_HEAP_EXHAUSTED'],
    calls: ({ heap, scene }) =>
      [2 ** 29, 2 ** 32, 2 ** 49, 2 ** 50, 2 ** 53 - 1].flatMap((length) => [
        () => heap.mallocAs(Float64Array, length),
        () => heap.callocAs(BigInt64Array, length),
        () => scene.arena.allocAs(Float64Array, length),
      ]),
  },
];

export const callCases: readonly CallCase[] = [...foreignViews, ...afterTheEnd, ...overflows];
