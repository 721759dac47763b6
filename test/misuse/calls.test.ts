import { describe, test } from 'vitest';
import { callCases } from './cases/calls.js';
import { builds } from './support/builds.js';
import { World } from './support/world.js';

describe.each(builds)('the $name build', (build) => {
  test.each(callCases)('$name', ({ answer, calls }) => {
    const world = new World(build);
    world.expectRefused(calls(world), answer);
    world.clear();
  });
});
