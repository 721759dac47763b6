/** realloc and calloc, with what the blocks hold. */
import { SLAB_BYTES } from '../../../src/base/layout.js';
import { classOf } from '../../../src/base/sizeclass.js';
import { giveBack } from '../../../src/cache/giveback.js';
import { putMagazine } from '../../../src/queue/spill.js';
import {
  fillUp,
  flush,
  gain,
  give,
  giveMany,
  handOver,
  type Scenario,
  take,
  takeMany,
  taken,
  takeSlabs,
  type Thread,
  type World,
} from './scenario.js';

/** Copied and zeroed in one step. */
const SIZE = 2048;
const CLASS = classOf(SIZE);
const DIRT = 0x1234567;

/** Writes the first and the last word of a block. */
function mark({ core }: Thread, block: number, bytes: number): void {
  core.cells[block >>> 2] = DIRT;
  core.cells[(block + bytes - 4) >>> 2] = DIRT;
}

/** Remembers those words. */
function read({ core, results }: Thread, block: number, bytes: number): void {
  results.push(core.cells[block >>> 2]!, core.cells[(block + bytes - 4) >>> 2]!);
}

/** realloc of the first block that this thread holds; in the ledger all the while. */
function resizeFirst(thread: Thread, size: number): void {
  const { heap, held, world } = thread;
  const block = held.shift()!;
  thread.going = block;
  thread.appearing++;
  world.owned.delete(block);
  const moved = heap.realloc(block, size);
  gain(world, moved === 0 ? block : moved);
  held.push(moved === 0 ? block : moved);
  thread.going = 0;
  thread.appearing--;
}

function takeZeroed(thread: Thread, size: number): void {
  thread.appearing++;
  const block = taken(thread, thread.heap.calloc(1, size));
  if (block !== 0) read(thread, block, size);
}

/** What the first thread has read is all of one value, and the second's likewise. */
function holding(...values: (number | undefined)[]) {
  return ({ threads }: World): string | undefined => {
    const wrong = values.findIndex((value, index) =>
      threads[index]!.results.some((word) => value !== undefined && word !== value),
    );
    return wrong < 0
      ? undefined
      : `thread ${wrong} read ${threads[wrong]!.results.join()} in its block`;
  };
}

export const resize: readonly Scenario[] = [
  {
    name: 'a Large block grows by realloc into slabs that another thread claims',
    of: 'realloc and calloc',
    prepare(world) {
      fillUp(world, 11);
      const [first] = world.threads;
      take(first!, 9 * SLAB_BYTES);
      mark(first!, first!.held[0]!, 9 * SLAB_BYTES);
    },
    threads: [
      (t) => {
        resizeFirst(t, 11 * SLAB_BYTES);
        read(t, t.held[0]!, 9 * SLAB_BYTES);
      },
      (t) => {
        takeSlabs(t, 2);
      },
    ],
    check: holding(DIRT),
  },
  {
    name: 'realloc moves a block whose owner takes and frees others',
    of: 'realloc and calloc',
    prepare({ threads: [first, second] }) {
      takeMany(second!, 3, SIZE);
      flush(second!);
      handOver(second!, first!, 1);
      mark(first!, first!.held[0]!, SIZE);
    },
    threads: [
      (t) => {
        resizeFirst(t, 2 * SIZE);
        read(t, t.held[0]!, SIZE);
        giveBack(t.core, CLASS, 1);
      },
      (t) => {
        take(t, SIZE);
        give(t, t.held[0]!);
        flush(t);
        take(t, SIZE);
      },
    ],
    check: holding(DIRT),
  },
  {
    name: 'calloc beside a thread that spills dirty blocks',
    of: 'realloc and calloc',
    prepare({ threads: [first] }) {
      takeMany(first!, 2, SIZE);
      flush(first!);
    },
    threads: [
      (t) => {
        for (let i = 0; i < 2; i++) {
          mark(t, t.held[0]!, SIZE);
          give(t, t.held[0]!);
        }
        putMagazine(t.core, CLASS, 2, 8);
      },
      (t) => {
        takeZeroed(t, SIZE);
        takeZeroed(t, SIZE);
      },
    ],
    check: holding(undefined, 0),
  },
  {
    name: 'a Large block shrinks by realloc while another thread wants its slabs',
    of: 'realloc and calloc',
    prepare(world) {
      fillUp(world, 11);
      const [first] = world.threads;
      take(first!, 11 * SLAB_BYTES);
      mark(first!, first!.held[0]!, 9 * SLAB_BYTES);
    },
    threads: [
      (t) => {
        resizeFirst(t, 9 * SLAB_BYTES);
        read(t, t.held[0]!, 9 * SLAB_BYTES);
      },
      (t) => {
        takeSlabs(t, 2);
      },
    ],
    check: holding(DIRT),
  },
  {
    name: 'a block moves from its class to a Large run and back, while another thread wants slabs',
    of: 'realloc and calloc',
    prepare(world) {
      fillUp(world, 12);
      const [first] = world.threads;
      take(first!, SIZE);
      mark(first!, first!.held[0]!, SIZE);
    },
    threads: [
      (t) => {
        resizeFirst(t, 9 * SLAB_BYTES);
        resizeFirst(t, SIZE);
        read(t, t.held[0]!, SIZE);
      },
      (t) => {
        takeSlabs(t, 2);
        giveMany(t, 1);
      },
    ],
    check: holding(DIRT),
  },
  {
    name: 'calloc of a Large run beside a thread that frees dirty ones',
    of: 'realloc and calloc',
    prepare(world) {
      fillUp(world, 18);
      const [first] = world.threads;
      takeMany(first!, 2, 9 * SLAB_BYTES);
      for (const run of first!.held) mark(first!, run, 9 * SLAB_BYTES);
    },
    threads: [
      (t) => {
        give(t, t.held[0]!);
        give(t, t.held[0]!);
        takeSlabs(t, 9);
      },
      (t) => {
        takeZeroed(t, 9 * SLAB_BYTES);
      },
    ],
    check: holding(undefined, 0),
  },
];
