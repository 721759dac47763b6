/**
 * Where a build with HAKMEM_BUILD_RELEASE=0 stops when the allocator finds its own metadata broken,
 * by a stray write or by a bug of its own. Slow paths state their invariants with it as they go,
 * never between an atomic step and the plain statements that complete it.
 */
import { brokenInvariant } from './errors.js';

/** @throws HakmemError `ERR_BROKEN_INVARIANT` with the sentence, unless it holds. */
export function invariant(holds: boolean, sentence: () => string): void {
  if (!holds) throw brokenInvariant(sentence());
}
