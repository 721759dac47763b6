/**
 * Build-time constants. esbuild's `define` (and the test runner's) replaces each name below, so
 * that a branch on a flag that is off leaves nothing in the bundle.
 */
declare const HAKMEM_BUILD_RELEASE: number | undefined;

/**
 * 1 (the default): production. 0: every slow path checks its invariants as it goes.
 * Costs nothing when 1. Source that runs without a bundler counts as production.
 */
export const RELEASE: boolean =
  typeof HAKMEM_BUILD_RELEASE === 'undefined' || HAKMEM_BUILD_RELEASE !== 0;
