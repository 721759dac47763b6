/**
 * The scenarios of the kill tests: between them they pass every point at which a thread may end.
 * `prepare` brings the heap into a state; `act` is the victim's part, any pass of which may be its
 * last. Both do the same at each run.
 */
import { debug } from './scenarios/debug.js';
import { exhaustion } from './scenarios/exhaustion.js';
import { flow } from './scenarios/flow.js';
import { interrupted } from './scenarios/interrupted.js';
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
  ...interrupted,
];

/** Those for the debug build: its own ones, and of the others what calls every function of it. */
export const debugScenarios: readonly Scenario[] = [
  ...debug,
  ...scenarios.filter(({ name }) =>
    /^(calls |an arena$|reclaim of a thread that died (idle|with a block half|as it put))/.test(
      name,
    ),
  ),
  ...life.filter(({ name }) => /^(flush and detach|attach to a record|views)/.test(name)),
];
