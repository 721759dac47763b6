import { beforeAll, describe, expect, test } from 'vitest';
import { propertyRuns } from '../support/property.js';
import { toldFigure } from '../support/reliability.js';
import { ask } from './ask.js';
import { buildLibraries, librariesOf, type Point } from './instrument.mjs';
import type { KillAnswer, KillData } from './kill-points.worker.js';
import type { RealKillsAnswer, RealKillsData } from './real-kills.worker.js';
import { DEBUG_UNREACHED, reasonFor } from './unreached.js';

const libraries = librariesOf('debug');
let points: Point[];
beforeAll(async () => {
  points = await buildLibraries('debug');
});

describe('a thread of the debug build that is killed', () => {
  test('at any point loses nothing', { timeout: 0 }, async () => {
    const { seed, numRuns } = propertyRuns(1);
    const { kills, meddled, failures, ...answer } = await ask<KillData, KillAnswer>(
      './kill-points.worker.ts',
      {
        libraries,
        points,
        seed: seed!,
        perPoint: numRuns!,
        byPoint: numRuns === 1,
        debug: true,
      },
    );
    const killedAt = new Set(answer.points);
    const own = points.filter(({ file, built }) => built && file.startsWith('src/hardened/'));
    const missed = own.filter((point) => !killedAt.has(points.indexOf(point)));
    console.log(
      `${kills} kills (${meddled} with the peer between) at ${killedAt.size} points, ` +
        `${own.length - missed.length} of ${own.length} of them in src/hardened`,
    );
    expect(failures).toEqual([]);
    expect(kills).toBeGreaterThan(
      toldFigure('more than # kills, at every point of `src/hardened`'),
    );
    const reasonOf = (point: Point) => reasonFor(point, DEBUG_UNREACHED);
    expect(
      missed.filter((point) => !reasonOf(point)),
      'points without a death and without a reason',
    ).toEqual([]);
    const reasons = new Set(missed.map(reasonOf));
    expect(
      DEBUG_UNREACHED.filter((reason) => !reason.byChance && !reasons.has(reason)),
      'reasons for nothing',
    ).toEqual([]);
  });

  test('for real leaves the same bytes, and loses nothing', { timeout: 0 }, async () => {
    const { seed, numRuns } = propertyRuns(1);
    const { kills, failures } = await ask<RealKillsData, RealKillsAnswer>(
      './real-kills.worker.ts',
      { libraries, points, seed: seed!, perScenario: 3 * numRuns!, debug: true },
    );
    console.log(`${kills} workers terminated`);
    expect(failures).toEqual([]);
    expect(kills).toBeGreaterThan(toldFigure('More than # real workers of the debug build'));
  });
});
