/**
 * Build-time constants. esbuild's `define` (and the test runner's) replaces each name below, so
 * that a branch on a flag that is off leaves nothing in the bundle.
 */
declare const HAKMEM_BUILD_RELEASE: number | undefined;
declare const HAKMEM_BUILD_HARDENED: number | undefined;

/**
 * 1 (the default): production. 0: every slow path checks its invariants as it goes.
 * Costs nothing when 1. Source that runs without a bundler counts as production.
 */
export const RELEASE: boolean =
  typeof HAKMEM_BUILD_RELEASE === 'undefined' || HAKMEM_BUILD_RELEASE !== 0;

/**
 * 0 (the default): production. 1: the debug build, `hakmem/debug`: canaries, a quarantine, call
 * sites and leak reports (src/hardened/). Blocks carry a trailer of 32 bytes and every malloc and
 * free records where it was called, some 6 microseconds each. It changes the layout, so heaps of
 * this build and of others refuse each other.
 */
export const HARDENED: boolean =
  typeof HAKMEM_BUILD_HARDENED !== 'undefined' && HAKMEM_BUILD_HARDENED !== 0;

/** What a heap of this build says of its layout; builds that differ here cannot share a heap. */
export const FEATURES: number =
  typeof HAKMEM_BUILD_HARDENED !== 'undefined' && HAKMEM_BUILD_HARDENED !== 0 ? 1 : 0;
