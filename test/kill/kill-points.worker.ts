/** Plays every scenario of the kill tests with a death at each pass, or at a sample of them. */
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../support/random.js';
import { collectGarbage } from '../support/garbage.js';
import { type Death, KillCase, type Played } from './case.js';
import { loadCast } from './cast.js';
import type { Libraries, Point } from './instrument.mjs';
import { debugScenarios, scenarios } from './scenarios.js';
import type { Scenario } from './scenarios/scenario.js';
import type { Cast } from './stage.js';

export interface KillData {
  readonly libraries: Libraries;
  readonly points: readonly Point[];
  readonly seed: number;
  /** At most this many deaths for each way to a point in each scenario; every pass when 0. */
  readonly perPoint: number;
  /** Whether all ways to a point count as one. */
  readonly byPoint: boolean;
  /** Names of scenarios begin with this. */
  readonly named?: string;
  /** Whether the library is the debug build, which has its own scenarios. */
  readonly debug?: boolean;
}

export interface KillAnswer {
  /** Points at which a thread was killed at least once. */
  readonly points: readonly number[];
  readonly kills: number;
  readonly meddled: number;
  readonly byScenario: Readonly<Record<string, number>>;
  /** What went wrong, each with the death that shows it. */
  readonly failures: readonly string[];
}

const MOST_FAILURES = 20;
const DISCOVERIES = 16;
const ALIVE: Death = {
  pass: -1,
  meddle: -1,
  meddleBeforeClaim: -1,
  peerGoesOn: true,
  fillSmall: false,
};

/** Deaths at a pass: one as it comes, and often one where the peer steps in before. */
function deathsAt(scenario: Scenario, pass: number, { claims }: Played, random: Random): Death[] {
  const vary = (how: Partial<Death>): Death => ({
    ...ALIVE,
    pass,
    peerGoesOn: random.chance(0.5),
    fillSmall: random.chance(0.03),
    ...how,
  });
  if (!scenario.meddle || random.chance(0.5)) return [vary({})];
  const meddling = random.chance(0.5)
    ? { meddle: random.below(pass + 1) }
    : { meddleBeforeClaim: random.below(claims) };
  return [vary({}), vary(meddling)];
}

/**
 * The passes to die at: all, or of each way to come to a point (of each point, where `byPoint`) the
 * first ones, the last, and some in between.
 */
function choose(
  points: readonly number[],
  { perPoint, byPoint }: KillData,
  random: Random,
): number[] {
  if (perPoint === 0) return points.map((_, pass) => pass);
  const passes = new Map<number, number[]>();
  points.forEach((point, pass) => {
    const way = byPoint ? point : point * 4096 + (points[pass - 1] ?? 0);
    const of = passes.get(way);
    if (of) of.push(pass);
    else passes.set(way, [pass]);
  });
  return [...passes.values()].flatMap((of) => {
    if (of.length <= perPoint) return of;
    const chosen = new Set([...of.slice(0, perPoint >>> 1), of.at(-1)!]);
    while (chosen.size < perPoint) chosen.add(of[random.below(of.length)]!);
    return [...chosen];
  });
}

interface Planned {
  readonly scenario: Scenario;
  readonly death: Death;
  /** The point at which the scenario is expected to be. */
  readonly point: number;
}

/** The deaths of a run, in a random order. */
function plan(cast: Cast, data: KillData, random: Random): Planned[] {
  const planned: Planned[] = [];
  const all = data.debug ? debugScenarios : scenarios;
  for (const scenario of all.filter(({ name }) => name.startsWith(data.named ?? ''))) {
    const played = rehearse(cast, scenario);
    for (const pass of choose(played.points, data, random)) {
      const point = played.points[pass]!;
      for (const death of deathsAt(scenario, pass, played, random)) {
        planned.push({ scenario, death, point });
      }
    }
    planned.push(...discover(cast, scenario, played, random));
  }
  for (let i = planned.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [planned[i], planned[other]] = [planned[other]!, planned[i]!];
  }
  return planned;
}

/** A few deaths for each point, in different scenarios. */
function thin(planned: readonly Planned[], { points }: Cast): Planned[] {
  const count = new Map<number, number>();
  return planned.filter(({ point, death }) => {
    // Where the peer steps in, the victim may die at another point than expected.
    const meddled = death.meddle >= 0 || death.meddleBeforeClaim >= 0;
    const key = meddled ? point : ~point;
    const before = count.get(key) ?? 0;
    count.set(key, before + 1);
    return before < (points[point]!.kind === 'call' ? 2 : 4);
  });
}

async function runAll(data: KillData): Promise<KillAnswer> {
  const cast = await loadCast(data.libraries, data.points);
  const random = new Random(data.seed);
  const points = new Set<number>();
  const failures: string[] = [];
  const byScenario: Record<string, number> = {};
  let kills = 0;
  let meddled = 0;
  const planned = plan(cast, data, random);
  const first = new Set(data.byPoint ? thin(planned, cast) : planned);
  const rest = planned.filter((one) => !first.has(one));
  for (const [turn, { scenario, death, point }] of [...first, ...rest].entries()) {
    // What was thinned out is for points that the others did not come to.
    if (turn >= first.size && points.has(point)) continue;
    try {
      const reached = die(cast, scenario, death);
      if (reached === undefined) continue;
      points.add(reached);
      kills++;
      byScenario[scenario.name] = (byScenario[scenario.name] ?? 0) + 1;
      if (death.meddle >= 0 || death.meddleBeforeClaim >= 0) meddled++;
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { file, line, within } = data.points[point]!;
      const where = `${within} (${file}:${line})`;
      failures.push(`${scenario.name}, ${JSON.stringify(death)}, before ${where}: ${what}`);
      if (failures.length >= MOST_FAILURES) break;
    }
    // Heaps that were dropped go, and their buffers with them.
    if (kills % 100 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
  }
  return { points: [...points], kills, meddled, byScenario, failures };
}

/**
 * Deaths at points that a scenario passes only where the peer steps in: it does so at random places,
 * and the victim dies at each point that it did not pass without.
 */
function discover(cast: Cast, scenario: Scenario, passed: Played, random: Random): Planned[] {
  if (!scenario.meddle) return [];
  const known = new Set(passed.points);
  const deaths: Planned[] = [];
  for (let attempt = 0; attempt < DISCOVERIES; attempt++) {
    const meddling =
      attempt % 2 === 0
        ? { meddle: random.below(passed.points.length) }
        : { meddleBeforeClaim: random.below(passed.claims) };
    rehearse(cast, scenario, meddling).points.forEach((point, pass) => {
      if (known.has(point)) return;
      known.add(point);
      deaths.push({ scenario, death: { ...ALIVE, ...meddling, pass }, point });
    });
  }
  return deaths;
}

/** The scenario without a death. */
function rehearse(cast: Cast, scenario: Scenario, meddling: Partial<Death> = {}): Played {
  const run = new KillCase(cast, scenario);
  const alive = { ...ALIVE, ...meddling };
  const played = run.play(alive);
  run.checkAftermath(alive);
  return played;
}

/** The point of the death; undefined when the act ended before it. */
function die(cast: Cast, scenario: Scenario, death: Death): number | undefined {
  const run = new KillCase(cast, scenario);
  const { points, died } = run.play(death);
  run.checkAftermath(death);
  return died ? points.at(-1) : undefined;
}

parentPort!.postMessage(await runAll(workerData as KillData));
