import { expect, test } from 'vitest';
import { propertyRuns } from '../support/property.js';
import { ask } from './ask.js';
import { buildLibraries, librariesOf } from './instrument.mjs';
import type { InterruptionsAnswer, InterruptionsData } from './interruptions.worker.js';

test('a thread without stack in the middle of a call goes on, and loses nothing', async () => {
  const points = await buildLibraries('production');
  const { seed, numRuns } = propertyRuns(1);
  const answer = await ask<InterruptionsData, InterruptionsAnswer>('./interruptions.worker.ts', {
    libraries: librariesOf('production'),
    points,
    seed: seed!,
    perPoint: numRuns!,
  });
  console.log(`${answer.interruptions} interruptions at ${answer.points} points`);
  expect(answer.failures).toEqual([]);
  expect(answer.points).toBeGreaterThan(770);
});
