import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/bundle.mjs';
import { propertyRuns } from '../support/property.js';
import { toldFigure } from '../support/reliability.js';
import { buildExplorer } from './stepping/build.mjs';
import type * as Explorer from './engine/main.js';
import { plantedBugs, search } from './planted.mjs';

const outfile = join(root, 'build', 'interleave', `explorer-${process.pid}.mjs`);
await buildExplorer(outfile);
const { Exploration, scenarios } = (await import(
  /* @vite-ignore */ pathToFileURL(outfile).href
)) as typeof Explorer;

/** Without its figures, which differ from run to run. */
function outcome({ complete, failure }: ReturnType<InstanceType<typeof Exploration>['replay']>) {
  return { complete, failure };
}

const sound = { complete: true, failure: undefined };

describe.for(scenarios)('$of: $name', { timeout: 300_000 }, (scenario) => {
  // `npm run test:interleave` goes on to three.
  test('every schedule with two pre-emptions', () => {
    const report = new Exploration(scenario).exhaustive(2, 0);
    expect(outcome(report)).toEqual(sound);
    expect(report.schedules).toBeGreaterThan(1);
  });

  test('every schedule with one pre-emption and one death', () => {
    expect(outcome(new Exploration(scenario).exhaustive(1, 1))).toEqual(sound);
  });

  test('every schedule in which two threads die, one after the other', () => {
    expect(outcome(new Exploration(scenario).exhaustive(0, 2))).toEqual(sound);
  });

  test('random schedules with deaths', () => {
    const { seed, numRuns } = propertyRuns(200);
    const report = new Exploration(scenario).random(seed!, true, { schedules: numRuns! });
    expect(report.failure).toBeUndefined();
    expect(report.schedules).toBe(numRuns);
  });
});

describe('planted bugs', { timeout: 300_000 }, () => {
  test.for(plantedBugs)('$name', async (planted) => {
    const found = await search(planted);
    expect(found?.failure?.schedule).toMatch(/^\d/);
  });
});

test('the figures of docs/reliability.md', () => {
  expect(toldFigure('# scenarios of two and three threads')).toBe(scenarios.length);
  expect(toldFigure('# planted bugs are found')).toBe(plantedBugs.length);
});
