/** One death: a scenario is played up to a point, and everything that must hold afterwards checked. */
import { checkAfterReclaim, reclaimAllBut } from './aftermath.js';
import { SMALL_HEAP, type Scenario } from './scenarios/scenario.js';
import { type Cast, Stage } from './stage.js';

/** Where the victim ends, and where the peer steps in before. */
export interface Death {
  /** The pass at which the victim ends, counted from 0; -1 for none. */
  readonly pass: number;
  /** The pass at which the peer meddles; -1 for none. */
  readonly meddle: number;
  /** The compare-and-exchange right before which the peer meddles; -1 for none. */
  readonly meddleBeforeClaim: number;
  /** Whether the peer works on between the death and the reclaim. */
  readonly peerGoesOn: boolean;
  /** Whether the heap is filled with its smallest blocks at the end, or with those of a slab. */
  readonly fillSmall: boolean;
}

/** What a run passed, and whether it came to its death. */
export interface Played {
  readonly points: number[];
  readonly claims: number;
  readonly died: boolean;
}

export class KillCase {
  readonly stage: Stage;

  constructor(
    readonly cast: Cast,
    readonly scenario: Scenario,
  ) {
    this.stage = new Stage(cast, (scenario.options ?? SMALL_HEAP)());
  }

  /** Plays the scenario; `park` is called where the victim is to end, in place of the exception. */
  play({ pass: last, meddle, meddleBeforeClaim }: Death, park?: () => void): Played {
    const { cast, scenario, stage } = this;
    scenario.prepare?.(stage);
    const points: number[] = [];
    cast.victim.arm((point, pass) => {
      points.push(point);
      if (pass === meddle) scenario.meddle?.(stage);
      if (pass !== last) return;
      park?.();
      cast.victim.die();
    });
    let claims = 0;
    const restore = beforeEachClaim(() => {
      if (claims++ === meddleBeforeClaim) scenario.meddle?.(stage);
    });
    let thrown: unknown;
    try {
      scenario.act(stage);
    } catch (error) {
      thrown = error;
    }
    restore();
    const died = cast.victim.disarm();
    if (!died && thrown !== undefined) throw thrown as Error;
    return { points, claims, died };
  }

  /** @throws Error with what was lost or broken */
  checkAftermath({ peerGoesOn, fillSmall }: Pick<Death, 'peerGoesOn' | 'fillSmall'>): void {
    const { stage } = this;
    const { keeper, peer } = stage;
    stage.bury();
    this.scenario.after?.(stage);
    this.scenario.mend?.(keeper.heap, stage.blocks);
    if (peerGoesOn) {
      const ptrs = [50, 1000, 9000].flatMap((size) => peer.take(12, size));
      ptrs.push(...peer.take(4, 300_000));
      peer.freeAll(ptrs);
      peer.heap.flush();
    }
    reclaimAllBut(keeper.heap, [keeper.heap.threadId, peer.heap.threadId]);
    if (peerGoesOn) peer.freeAll(peer.take(30, 1000));
    checkAfterReclaim(keeper.heap, stage.ledger, [peer.heap], fillSmall);
  }
}

/** Calls `visit` before every compare-and-exchange; returns what ends that. */
function beforeEachClaim(visit: () => void): () => void {
  const { compareExchange } = Atomics;
  const visiting = (...args: Parameters<typeof compareExchange>): unknown => {
    visit();
    return compareExchange(...args);
  };
  Object.assign(Atomics, { compareExchange: visiting });
  return () => Object.assign(Atomics, { compareExchange });
}
