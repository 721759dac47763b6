import { expect, test } from 'vitest';
import { propertyRuns } from '../support/property.js';
import { toldFigure } from '../support/reliability.js';
import { ask } from './ask.js';
import { buildLibraries, librariesOf } from './instrument.mjs';
import type { InterruptionsAnswer, InterruptionsData } from './interruptions.worker.js';

test.each([
  ['production', 'errors at more than # points in each run of the tests'],
  ['debug', 'at more than # of the debug build'],
] as const)(
  'a thread of the %s build without stack in the middle of a call goes on, and loses nothing',
  async (build, told) => {
    const points = await buildLibraries(build);
    const { seed, numRuns } = propertyRuns(1);
    const answer = await ask<InterruptionsData, InterruptionsAnswer>('./interruptions.worker.ts', {
      libraries: librariesOf(build),
      points,
      seed: seed!,
      perPoint: numRuns!,
      debug: build === 'debug',
    });
    console.log(
      `${build}: ${answer.interruptions} interruptions at ${answer.points} points, ${answer.cut} blocks cut short`,
    );
    expect(answer.failures).toEqual([]);
    expect(answer.points).toBeGreaterThan(toldFigure(told));
  },
);
