/** Every scenario. */
import { large } from './large.js';
import { life } from './life.js';
import { orphans } from './orphans.js';
import { pool } from './pool.js';
import { remote } from './remote.js';
import { resize } from './resize.js';
import { runCache } from './runcache.js';
import { runs } from './runs.js';
import type { Scenario } from './scenario.js';
import { spill } from './spill.js';
import { tidy } from './tidy.js';

export const scenarios: readonly Scenario[] = [
  ...spill,
  ...remote,
  ...orphans,
  ...pool,
  ...large,
  ...runs,
  ...runCache,
  ...resize,
  ...life,
  ...tidy,
];
