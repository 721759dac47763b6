/** Reclaim: by hand, by watch, of a thread that died badly, and by a thread that dies itself. */
import { EventEmitter } from 'node:events';
import { R_OS_THREAD, R_STATE } from '../../../src/base/offsets.js';
import type { Heap } from '../../../src/index.js';
import { RECORD_ATTACHED, recordCount, recordState } from '../../../src/thread/record.js';
import { silence, type Stage } from '../stage.js';
import { alternate, KiB, MiB, type Scenario, SIZES } from './scenario.js';

/** Where a thread ends in its last calls: at the n-th pass of points in this function. */
interface End {
  readonly name: string;
  readonly within?: string;
  readonly nth?: number;
  /** What others do before those. */
  readonly before?: () => void;
  readonly last: (heap: Heap) => unknown;
}

/** A thread that works in every way and then ends badly; returns its number. */
function dieBadly(stage: Stage, { within, nth = 1, before, last }: End): number {
  const former = stage.enter('former');
  const { peer, cast, ledger } = stage;
  for (const size of SIZES) {
    const ptrs = former.take(size > 30_000 ? 4 : 50, size);
    former.freeAll(alternate(ptrs));
    peer.freeAll(ptrs.filter((_, index) => index % 4 === 1));
  }
  peer.free(peer.malloc(350 * KiB));
  former.freeAll(peer.take(30, 100));
  before?.();
  let left = nth;
  cast.former.arm((point) => {
    if (cast.points[point]!.within === within && --left === 0) cast.former.die();
  });
  ledger.pending.push({ appears: true, goes: 0 });
  let thrown: unknown;
  try {
    last(former.heap);
  } catch (error) {
    thrown = error;
  }
  const died = cast.former.disarm();
  silence(former.heap);
  if (died !== (within !== undefined)) {
    throw new Error(`did not pass ${within} ${nth} times`, { cause: thrown });
  }
  if (!died) ledger.pending.pop();
  return former.heap.threadId;
}

/** A thread ends as one that the host knows by a number of its own. */
export function dieUnseen(stage: Stage): void {
  const former = stage.enter('former');
  former.freeAll(former.take(40, 100));
  silence(former.heap);
  const { cells, record } = former.heap['core'];
  cells[record + R_OS_THREAD] = 1001;
  const count = recordCount(cells[record + R_STATE]!);
  cells[record + R_STATE] = recordState(RECORD_ATTACHED, 1001, count);
}

/** Watches the thread of `dieUnseen`; what this returns tells of its end. */
export function watchOfDead(heap: Heap): () => void {
  const worker = Object.assign(new EventEmitter(), { threadId: 1000 });
  heap.watch(worker);
  return () => {
    worker.emit('exit');
  };
}

const resize = (heap: Heap): number => heap.realloc(heap.malloc(290 * KiB), 500 * KiB);
const shrink = (heap: Heap): number => heap.realloc(heap.malloc(500 * KiB), 290 * KiB);

const ENDS: readonly End[] = [
  { name: 'idle', last: () => undefined },
  { name: 'with slabs claimed that still count as free', within: 'unmark', last: resize },
  { name: 'with half a run bound', within: 'bindRun', nth: 4, last: resize },
  { name: 'with a block half extended', within: 'extend', last: resize },
  { name: 'with a block extended and not bound', within: 'bindRun', nth: 14, last: resize },
  { name: 'with a block half shrunk', within: 'releaseSlabs', last: shrink },
  {
    name: 'as it put a run down',
    within: 'account',
    nth: 2,
    last: (heap) => {
      heap.free(heap.malloc(600 * KiB));
    },
  },
  {
    name: 'as it released a run',
    within: 'dropRun',
    last: (heap) => {
      heap.free(heap.malloc(600 * KiB));
      heap.flush();
    },
  },
  {
    name: 'in the middle of detach',
    within: 'orphanSlab',
    nth: 3,
    last: (heap) => {
      heap.detach();
    },
  },
];

export const reclaiming: readonly Scenario[] = [
  ...ENDS.map((end): Scenario => ({
    name: `reclaim of a thread that died ${end.name}`,
    prepare(stage) {
      stage.blocks.push(dieBadly(stage, end));
      stage.peer.freeAll(stage.peer.take(60, 8 * KiB));
      stage.victim.take(20, 100);
    },
    act({ victim, blocks }) {
      victim.heap.reclaim(blocks[0]!);
      victim.take(20, 1000);
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(20, 1000));
      peer.free(peer.malloc(350 * KiB));
    },
  })),
  {
    name: 'a magazine that a thread takes after another died as it took it',
    prepare(stage) {
      const { keeper, peer, victim } = stage;
      // The victim's cache has become deeper, so that its top stands elsewhere than the other's did.
      victim.freeAll(victim.take(40, 8 * KiB));
      victim.take(60, 8 * KiB);
      keeper.heap.reclaim(
        dieBadly(stage, {
          name: 'as it took a magazine',
          // Not earlier, for a thread that tidies up takes the magazines away.
          before: () => {
            peer.freeAll(peer.take(100, 8 * KiB));
          },
          within: 'takeSlot',
          nth: 3,
          last: (heap) => heap.malloc(8 * KiB),
        }),
      );
    },
    act({ victim }) {
      victim.take(40, 8 * KiB);
    },
  },
  {
    name: 'reclaim in a heap without room',
    options: () => ({ initialBytes: 4 * MiB, maximumBytes: 4 * MiB }),
    prepare(stage) {
      const { blocks, peer, victim } = stage;
      victim.malloc(16);
      blocks.push(dieBadly(stage, ENDS[0]!));
      for (const size of [60 * KiB, 3000, 100, 16]) peer.take(10_000, size);
    },
    act({ victim, blocks }) {
      victim.heap.reclaim(blocks[0]!);
      victim.take(20, 1000);
    },
  },
  {
    name: 'reclaim in a heap that grows',
    options: () => ({ initialBytes: 4 * MiB, maximumBytes: 16 * MiB }),
    prepare(stage) {
      stage.victim.malloc(16);
      stage.blocks.push(dieBadly(stage, ENDS[0]!));
    },
    act({ victim, blocks }) {
      victim.heap.reclaim(blocks[0]!);
      victim.take(20, 1000);
    },
    meddle({ peer }) {
      peer.malloc(2300 * KiB);
    },
  },
  {
    name: 'work beside a thread that died with slabs claimed that still count as free',
    prepare(stage) {
      dieBadly(stage, ENDS[1]!);
    },
    act({ victim }) {
      victim.take(20, 40_000);
      victim.take(3, 300 * KiB);
    },
  },
  {
    name: 'work beside a thread that died as it took a magazine',
    prepare(stage) {
      const { peer } = stage;
      dieBadly(stage, {
        name: 'taking',
        before: () => {
          peer.freeAll(peer.take(60, 8 * KiB));
        },
        within: 'takeSlot',
        nth: 2,
        last: (heap) => heap.malloc(8 * KiB),
      });
    },
    act({ victim }) {
      victim.freeAll(victim.take(30, 8 * KiB));
    },
  },
  {
    name: 'reclaim by watch',
    prepare(stage) {
      dieUnseen(stage);
      stage.victim.take(20, 100);
    },
    act({ victim }) {
      watchOfDead(victim.heap)();
    },
  },
];
