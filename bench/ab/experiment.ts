/**
 * Runs pairs of fresh processes, one a side. Within a pair both are warm before the first round, and
 * rounds of some milliseconds take turns, the order swapped from round to round and from pair to
 * pair: a clock that changes, or another program, meets both sides alike. Only one of the two works
 * at a time.
 */
import { type HeapStats } from '../../src/index.js';
import { type Build } from './builds.js';
import { Contender } from './contender.js';
import { type Pair } from './verdict.js';

export interface Setup {
  readonly node: string;
  readonly off: Build;
  readonly on: Build;
  readonly workload: string;
}

const ROUND_MS = 8;
const WARM_ROUNDS = 40;
export const ROUNDS = 12;

/** A pair whose figures are dropped: it says how many steps fill a round on the slower side. */
export async function calibrate(setup: Setup): Promise<{ steps: number; operations: number }> {
  await using off = await Contender.start(setup.node, setup.off.folder, setup.workload);
  await using on = await Contender.start(setup.node, setup.on.folder, setup.workload);
  let slowest = 0;
  for (const side of [off, on]) {
    await side.calibrate(ROUND_MS * WARM_ROUNDS);
    slowest = Math.max(slowest, await side.calibrate(ROUND_MS * 4));
  }
  return { steps: Math.max(1, Math.round(ROUND_MS / slowest)), operations: off.operations };
}

/** @param index of the pair, which decides the side that goes first */
export async function runPair(setup: Setup, steps: number, index: number): Promise<Pair> {
  await using off = await Contender.start(setup.node, setup.off.folder, setup.workload);
  await using on = await Contender.start(setup.node, setup.on.folder, setup.workload);
  const times = { off: [] as number[], on: [] as number[] };
  const sides = [
    { contender: off, times: times.off },
    { contender: on, times: times.on },
  ];
  const inTurn = (turn: number) => (turn % 2 === 0 ? sides : sides.toReversed());
  for (const { contender } of inTurn(index)) await contender.round(steps * WARM_ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of inTurn(index + round)) {
      side.times.push(await side.contender.round(steps));
    }
  }
  return times;
}

export interface Observed {
  readonly before: HeapStats;
  readonly after: HeapStats;
  /** Between the two. */
  readonly operations: number;
}

const OBSERVED_STEPS = 50;

/** The statistics of a build once a workload has settled, and some operations later. */
export async function observe(node: string, build: Build, workload: string): Promise<Observed> {
  await using side = await Contender.start(node, build.folder, workload);
  await side.round(OBSERVED_STEPS);
  const before = await side.stats();
  await side.round(OBSERVED_STEPS);
  const after = await side.stats();
  return { before, after, operations: OBSERVED_STEPS * side.operations };
}
