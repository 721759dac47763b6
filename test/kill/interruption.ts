/**
 * One interruption: a scenario is played up to a point, where the victim has no stack left for a call.
 * Unlike one that dies there, it goes on with the same heap, and everything must hold without a reclaim.
 */
import { checkAfterReclaim, reclaimAllBut } from './aftermath.js';
import type { Heap } from '../../src/index.js';
import type { Scenario } from './scenarios/scenario.js';
import { SMALL_HEAP } from './scenarios/scenario.js';
import {
  beginsWhole,
  type Cast,
  Hand,
  isGuarded,
  isRefusal,
  isWhole,
  type Ledger,
  type Pending,
  Stage,
  stamp,
} from './stage.js';

export interface Interruption {
  /** The pass at which there is no stack left, counted from 0; -1 for none. */
  readonly pass: number;
  /** Whether there is none for what catches the error either, until the call is left. */
  readonly untilLeft: boolean;
}

/** The points that were passed, and whether a block of the debug build was cut short. */
export interface Resumed {
  readonly points: number[];
  readonly cut: boolean;
}

export function playInterrupted(cast: Cast, scenario: Scenario, how: Interruption): Resumed {
  const stage = new Stage(cast, (scenario.options ?? SMALL_HEAP)());
  scenario.prepare?.(stage);
  const points: number[] = [];
  cast.victim.arm((point, pass) => {
    points.push(point);
    if (pass !== how.pass) return;
    const error = new RangeError('Maximum call stack size exceeded');
    if (how.untilLeft) cast.victim.die(error);
    throw error;
  });
  try {
    scenario.act(stage);
  } catch (error) {
    // A heap that cannot be made is refused with a reason.
    const refused = scenario.name.startsWith('create') && isRefusal(error);
    if (!refused && !(error instanceof RangeError)) throw error;
  } finally {
    cast.victim.disarm();
  }
  return { points, cut: checkGoingOn(stage, scenario) };
}

/** Whether a block was cut short. @throws Error with what was lost or broken */
function checkGoingOn(stage: Stage, scenario: Scenario): boolean {
  const { cast, keeper, ledger, peer } = stage;
  const { pending } = ledger;
  // A call that threw has not been: what it was to free is in use, as it was.
  ledger.pending = pending.map(({ appears }) => ({ appears, goes: 0 }));
  const victim = new Hand(cast.victim.Heap.attach(stage.handle, { prewarm: 0 }), ledger);
  const cut = pending.some((call) => isCut(victim.heap, ledger, call));
  scenario.mend?.(victim.heap, stage.blocks);
  const ptrs = [50, 1000, 9000, 300_000].flatMap((size) => [
    ...victim.take(size > 9000 ? 2 : 12, size),
    ...peer.take(size > 9000 ? 2 : 12, size),
  ]);
  ptrs.forEach((ptr, index) => {
    (index % 3 === 0 ? peer : victim).free(ptr);
  });
  victim.heap.detach();
  reclaimAllBut(keeper.heap, [keeper.heap.threadId, peer.heap.threadId]);
  checkAfterReclaim(keeper.heap, ledger, [peer.heap], false);
  return cut;
}

/**
 * Whether a resize of the debug build that makes a block smaller in place has written to what it was to
 * take away; it counts as one of the smaller size from then on.
 */
function isCut(heap: Heap, { live }: Ledger, { goes, keeps = Infinity }: Pending): boolean {
  const size = live.get(goes) ?? 0;
  if (!isGuarded(heap) || keeps >= size || !heap.owns(goes)) return false;
  if (isWhole(heap, goes, size) && heap.usableSize(goes) >= size) return false;
  if (!beginsWhole(heap, goes)) return false;
  live.set(goes, keeps);
  stamp(heap, goes, keeps);
  return true;
}
