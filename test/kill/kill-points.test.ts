import { beforeAll, describe, expect, test } from 'vitest';
import { propertyRuns } from '../support/property.js';
import { toldFigure } from '../support/reliability.js';
import { ask } from './ask.js';
import { buildLibraries, librariesOf, type Point } from './instrument.mjs';
import type { KillAnswer, KillData } from './kill-points.worker.js';
import type { RealKillsAnswer, RealKillsData } from './real-kills.worker.js';
import { reasonFor, UNREACHED } from './unreached.js';

let points: Point[];
beforeAll(async () => {
  points = await buildLibraries('production');
});

describe('a thread that is killed', () => {
  test('at any point leaves a heap in which nothing is lost', { timeout: 0 }, async () => {
    const { seed, numRuns } = propertyRuns(1);
    const { kills, ...answer } = await ask<KillData, KillAnswer>('./kill-points.worker.ts', {
      libraries: librariesOf('production'),
      points,
      seed: seed!,
      perPoint: numRuns!,
      byPoint: numRuns === 1,
    });
    const built = points.filter((point) => point.built).length;
    const { length: places } = answer.points;
    console.log(
      `${kills} kills (${answer.meddled} with the peer between) at ${places} of ${built} points`,
    );
    expect(answer.failures).toEqual([]);
    const killedAt = new Set(answer.points);
    const missed = points.filter(({ built }, id) => built && !killedAt.has(id));
    const unexplained = missed.filter((point) => !reasonFor(point));
    expect(unexplained, 'points without a death and without a reason').toEqual([]);
    const reasons = new Set(missed.map((point) => reasonFor(point)));
    expect(
      UNREACHED.filter((reason) => !reason.byChance && !reasons.has(reason)),
      'reasons for nothing',
    ).toEqual([]);
    expect(kills).toBeGreaterThan(toldFigure('more than # kills, at every point but those'));
    expect(answer.meddled).toBeGreaterThan(
      toldFigure('more than # of the kills above with a step in between'),
    );
  });

  test('for real leaves the same bytes, and loses nothing', { timeout: 0 }, async () => {
    const { seed, numRuns } = propertyRuns(1);
    const { kills, failures } = await ask<RealKillsData, RealKillsAnswer>(
      './real-kills.worker.ts',
      { libraries: librariesOf('production'), points, seed: seed!, perScenario: numRuns! },
    );
    console.log(`${kills} workers terminated`);
    expect(failures).toEqual([]);
    expect(kills).toBeGreaterThan(toldFigure('more than # real workers terminated'));
  });
});
