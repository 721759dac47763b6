/**
 * The scenarios of the kill tests: between them they pass every point at which a thread may end.
 * `prepare` brings the heap into a state; `act` is the victim's part, any pass of which may be its
 * last. Both do the same at each run.
 */
import { exhaustion } from './scenarios/exhaustion.js';
import { flow } from './scenarios/flow.js';
import { large } from './scenarios/large.js';
import { life } from './scenarios/life.js';
import { reclaiming } from './scenarios/reclaiming.js';
import type { Scenario } from './scenarios/scenario.js';

export const scenarios: readonly Scenario[] = [
  ...flow,
  ...large,
  ...exhaustion,
  ...life,
  ...reclaiming,
];
