/** What the debug build does besides: quarantines, blocks that move, damage that is told and repaired. */
import { slowOf } from '../../../src/base/class-cells.js';
import { TRAILER_BYTES } from '../../../src/base/layout.js';
import { S_LIMIT } from '../../../src/base/offsets.js';
import { classOf } from '../../../src/base/sizeclass.js';
import type { Heap } from '../../../src/index.js';
import type { Heap as DebugHeap } from '../../../src/debug.js';
import { FILL_FREED } from '../../../src/hardened/fill.js';
import { silence, type Stage } from '../stage.js';
import { alternate, codeOf, KiB, refusalOf, type Scenario, SMALL_HEAP } from './scenario.js';

/** What a late write leaves. */
const LATE = 0x55;

/** A thread that ends where its call enters a function; its number. */
function dieIn(stage: Stage, within: string, call: (heap: Heap) => unknown): number {
  const { former, points } = stage.cast;
  const { heap } = stage.enter('former');
  former.arm((point) => {
    if (points[point]!.within === within) former.die();
  });
  let thrown: unknown;
  try {
    call(heap);
  } catch (error) {
    thrown = error;
  }
  if (!former.disarm()) throw new Error(`did not pass ${within}`, { cause: thrown });
  silence(heap);
  return heap.threadId;
}

/** A call of the victim that has no stack left where it enters a function. */
function interruptIn({ cast: { points, victim } }: Stage, within: string, call: () => void): void {
  let entered = false;
  victim.arm((point) => {
    if (entered || points[point]!.within !== within) return;
    entered = true;
    throw new RangeError('Maximum call stack size exceeded');
  });
  try {
    call();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  victim.disarm();
  if (!entered) throw new Error(`did not pass ${within}`);
}

export const debug: readonly Scenario[] = [
  {
    name: 'blocks in and out of a quarantine',
    prepare({ victim }) {
      victim.freeAll(victim.take(12, 100));
    },
    act({ victim }) {
      const ptrs = [16, 100, 3000, 300 * KiB, 450 * KiB, 900 * KiB].map((size) =>
        victim.malloc(size),
      );
      victim.freeAll([...ptrs, victim.calloc(280 * KiB)]);
      victim.freeAll(victim.take(10, 100));
      victim.heap.flush();
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(3, 100));
      peer.heap.flush();
    },
  },
  {
    name: 'blocks that move and that stay where they are',
    prepare({ victim, blocks }) {
      blocks.push(...[40, 2000, 50_000, 300 * KiB].map((size) => victim.malloc(size)));
    },
    act({ victim, blocks }) {
      const [small, middle, long, run] = blocks as [number, number, number, number];
      victim.realloc(victim.realloc(small, 44), 700);
      victim.realloc(victim.realloc(middle, 1800), 90);
      victim.realloc(long, 200_000);
      victim.realloc(victim.realloc(victim.realloc(run, 700 * KiB), 400 * KiB), 2000 * KiB);
    },
  },
  {
    name: 'a block that cannot move in a full heap',
    options: SMALL_HEAP,
    prepare({ victim, blocks }) {
      blocks.push(victim.malloc(40_000));
      victim.take(200, 60 * KiB);
      victim.take(20_000, 700);
    },
    act({ victim, blocks }) {
      victim.realloc(blocks[0]!, 10_000);
      victim.realloc(blocks[0]!, 100_000);
    },
  },
  {
    name: 'a heap whose room waits in quarantines',
    options: SMALL_HEAP,
    prepare({ peer, victim }) {
      victim.malloc(16);
      const ptrs = peer.take(200, 60 * KiB);
      peer.freeAll(ptrs.slice(0, 6));
      victim.freeAll(ptrs.slice(6, 12));
    },
    act({ victim }) {
      victim.freeAll(alternate(victim.take(14, 60 * KiB)));
      victim.heap.flush();
    },
  },
  {
    name: 'damage that is told',
    prepare({ victim, blocks }) {
      blocks.push(...victim.take(3, 100), ...victim.take(2, 30));
      victim.free(blocks[2]!);
    },
    act({ victim, blocks }) {
      const heap = victim.heap as DebugHeap;
      const [written, free] = [blocks[0]!, blocks[2]!];
      heap.u8[written + 100] ^= 1;
      codeOf(() => heap.usableSize(written));
      codeOf(() => {
        heap.free(free);
      });
      codeOf(() => {
        heap.free(written + 16);
      });
      heap.owns(free);
      codeOf(() => heap.calloc(-1, 8));
      heap.leaks();
      codeOf(() => heap.leaks({ threadId: -1 }));
      heap.usableSize(written);
    },
    mend(heap, [written]) {
      // Who looks at the block has it repaired.
      refusalOf(() => heap.usableSize(written!));
      heap.usableSize(written!);
    },
  },
  {
    name: 'a realloc that is told of damage, and takes its new block back',
    prepare({ victim, blocks }) {
      const ptrs = victim.take(8, 100);
      blocks.push(ptrs[0]!, victim.malloc(40), victim.malloc(40));
      victim.freeAll(ptrs);
    },
    act({ victim, blocks }) {
      const [damaged, small, run] = blocks as [number, number, number];
      victim.heap.u8[damaged + 20] = LATE;
      codeOf(() => victim.realloc(small, 700));
      victim.realloc(run, 300 * KiB);
    },
    mend: mendLate,
  },
  {
    name: 'a write into a free block, told when it is handed out',
    prepare({ victim, blocks }) {
      const ptrs = victim.take(9, 100);
      victim.freeAll(ptrs);
      blocks.push(ptrs[0]!);
    },
    act({ victim: { heap }, blocks }) {
      heap.u8[blocks[0]! + 20] = LATE;
      codeOf(() => heap.malloc(100));
    },
    mend: mendLate,
  },
  {
    name: 'a block that the allocator beneath refuses, which is left to other threads',
    prepare({ victim, blocks }) {
      blocks.push(...victim.take(60, 100));
    },
    act({ victim, blocks }) {
      const { heap } = victim;
      const { cells, record } = heap['core'];
      const limit = slowOf(record, classOf(100 + TRAILER_BYTES)) + S_LIMIT;
      const deep = cells[limit]!;
      cells[limit] = 0;
      // The cache is full some time.
      codeOf(() => {
        victim.freeAll(blocks);
      });
      cells[limit] = deep;
      heap.flush();
      heap.detach();
      codeOf(() => {
        heap.detach();
      });
    },
  },
  {
    name: 'reclaim of threads that died with blocks in their hands, one as it reclaimed another',
    options: () => ({ ...SMALL_HEAP(), maxThreads: 8 }),
    prepare(stage) {
      const small = dieIn(stage, 'dress', (heap) => heap.malloc(100));
      const reclaimer = dieIn(stage, 'settleHand', (heap) => heap.reclaim(small));
      const large = dieIn(stage, 'dress', (heap) => heap.malloc(900 * KiB));
      stage.blocks.push(reclaimer, large);
      stage.victim.take(20, 100);
    },
    act({ victim, blocks: [reclaimer, large] }) {
      victim.heap.reclaim(reclaimer!);
      victim.heap.reclaim(large!);
      victim.take(20, 100);
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(20, 100));
    },
  },
  ...[100, 900 * KiB].flatMap((size): Scenario[] => [
    {
      name: `a call after a malloc of ${size} bytes that an error ended`,
      prepare(stage) {
        stage.victim.take(20, 100);
        interruptIn(stage, 'dress', () => stage.victim.heap.malloc(size));
      },
      act({ victim }) {
        victim.freeAll(victim.take(20, 100));
      },
    },
    {
      name: `a call after a resize of ${size} bytes that had no stack for its end`,
      prepare(stage) {
        const { blocks, victim } = stage;
        blocks.push(victim.malloc(size));
        interruptIn(stage, 'resize', () => victim.realloc(blocks[0]!, size + 1));
      },
      act({ victim, blocks }) {
        victim.heap.owns(blocks[0]!);
        victim.freeAll(victim.take(20, 100));
      },
    },
  ]),
];

/** Undoes the late write into the first block, where nobody was told of it. */
function mendLate(heap: Heap, blocks: readonly number[]): void {
  const byte = blocks[0]! + 20;
  if (heap.u8[byte] === LATE) heap.u8[byte] = FILL_FREED & 0xff;
}
