import { expect, test } from 'vitest';
import { propertyRuns } from '../support/property.js';
import { ask } from './ask.js';
import { buildLibraries, librariesOf } from './instrument.mjs';
import type { InterruptionsAnswer, InterruptionsData } from './interruptions.worker.js';

test.each([
  ['production', 770],
  ['debug', 910],
] as const)(
  'a thread of the %s build without stack in the middle of a call goes on, and loses nothing',
  async (build, least) => {
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
    expect(answer.points).toBeGreaterThan(least);
  },
);
