/** Plays every scenario of the kill tests with an interruption at each point, or at a sample of them. */
import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from '../support/garbage.js';
import { Random } from '../support/random.js';
import { loadCast } from './cast.js';
import type { Libraries, Point } from './instrument.mjs';
import { type Interruption, playInterrupted } from './interruption.js';
import { debugScenarios, scenarios } from './scenarios.js';
import type { Scenario } from './scenarios/scenario.js';

export interface InterruptionsData {
  readonly libraries: Libraries;
  readonly points: readonly Point[];
  /** Whether the library is the debug build, which has its own scenarios. */
  readonly debug?: boolean;
  readonly seed: number;
  /** Interruptions at each point, in different scenarios. */
  readonly perPoint: number;
}

export interface InterruptionsAnswer {
  readonly interruptions: number;
  /** Points at which there was one. */
  readonly points: number;
  /** Those after which a block was cut short, as the debug build's resizes may. */
  readonly cut: number;
  readonly failures: readonly string[];
}

const MOST_FAILURES = 20;

interface Planned extends Interruption {
  readonly scenario: Scenario;
  readonly point: number;
}

const { libraries, points, seed, perPoint, debug } = workerData as InterruptionsData;
const cast = await loadCast(libraries, points);
const random = new Random(seed);

/** Of each scenario and point the first pass, the last and one in between, in a random order. */
function plan(): Planned[] {
  const planned: Planned[] = [];
  for (const scenario of debug ? debugScenarios : scenarios) {
    const passes = new Map<number, number[]>();
    const { points } = playInterrupted(cast, scenario, { pass: -1, untilLeft: false });
    points.forEach((point, pass) => {
      const of = passes.get(point);
      if (of) of.push(pass);
      else passes.set(point, [pass]);
    });
    for (const [point, of] of passes) {
      const chosen = new Set([of[0]!, of.at(-1)!, of[random.below(of.length)]!]);
      for (const pass of chosen) {
        planned.push({ scenario, point, pass, untilLeft: random.chance(0.5) });
      }
    }
  }
  for (let i = planned.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [planned[i], planned[other]] = [planned[other]!, planned[i]!];
  }
  const count = new Map<number, number>();
  return planned.filter(({ point }) => {
    const before = count.get(point) ?? 0;
    count.set(point, before + 1);
    return before < perPoint;
  });
}

async function runAll(): Promise<InterruptionsAnswer> {
  const failures: string[] = [];
  const reached = new Set<number>();
  let interruptions = 0;
  let cut = 0;
  for (const { scenario, point, pass, untilLeft } of plan()) {
    try {
      if (playInterrupted(cast, scenario, { pass, untilLeft }).cut) cut++;
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { file, line, within } = points[point]!;
      failures.push(
        `${scenario.name}, pass ${pass}, ${untilLeft ? 'until the call is left, ' : ''}in ${within} (${file}:${line}): ${what}`,
      );
      if (failures.length >= MOST_FAILURES) break;
    }
    reached.add(point);
    if (++interruptions % 100 !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return { interruptions, points: reached.size, cut, failures };
}

parentPort!.postMessage(await runAll());
