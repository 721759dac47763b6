import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { builtEntry } from '../support/entry.js';
import { propertyRuns } from '../support/property.js';
import { buildMarkedLibrary, markedLibrary } from './instrument.mjs';
import type { KillAnswer, KillData } from './kill-points.worker.js';
import { DEBUG_UNREACHED, reasonFor } from './unreached.js';

test(
  'a thread of the debug build that is killed at any point loses nothing',
  {
    timeout: 0,
  },
  async () => {
    const points = await buildMarkedLibrary('debug');
    const { seed, numRuns } = propertyRuns(1);
    const workerData: KillData = {
      bundle: markedLibrary('debug'),
      points,
      seed: seed!,
      perPoint: numRuns!,
      byPoint: numRuns === 1,
      debug: true,
    };
    const worker = new Worker(builtEntry('./kill-points.worker.ts', import.meta.url), {
      workerData,
    });
    const [{ kills, meddled, failures, points: passed }] = (await once(worker, 'message')) as [
      KillAnswer,
    ];
    const killedAt = new Set(passed);
    const own = points.filter(({ file, built }) => built && file.startsWith('src/hardened/'));
    const missed = own.filter((point) => !killedAt.has(points.indexOf(point)));
    console.log(
      `${kills} kills (${meddled} with the peer between) at ${passed.length} points, ` +
        `${own.length - missed.length} of ${own.length} of them in src/hardened`,
    );
    expect(failures).toEqual([]);
    const reasonOf = (point: (typeof own)[number]) => reasonFor(point, DEBUG_UNREACHED);
    expect(
      missed.filter((point) => !reasonOf(point)),
      'points without a death and without a reason',
    ).toEqual([]);
    const reasons = new Set(missed.map(reasonOf));
    expect(
      DEBUG_UNREACHED.filter((reason) => !reason.byChance && !reasons.has(reason)),
      'reasons for nothing',
    ).toEqual([]);
  },
);
