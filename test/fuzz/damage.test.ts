import { expect, test } from 'vitest';
import { builtEntry } from '../support/entry.js';
import { propertyRuns } from '../support/property.js';
import { runCases } from './cases.js';

test('a heap whose bytes were damaged is refused, named or answered', { timeout: 0 }, async () => {
  const { seed, numRuns } = propertyRuns(600);
  const entry = builtEntry('./damage.worker.ts', import.meta.url);
  const answer = await runCases({ seed: seed!, cases: numRuns!, entry });
  console.log(JSON.stringify({ cases: numRuns, ...answer }));
  expect(answer.failures).toEqual([]);
  expect(answer.refused).toBeGreaterThan(0);
  expect(answer.named).toBeGreaterThan(0);
  expect(answer.unseen).toBeGreaterThan(0);
  // The debug build checks its invariants before damage leads anywhere.
  const seen = FLAGS.HAKMEM_BUILD_RELEASE ? 'ERR_DAMAGED_HEAP' : 'ERR_BROKEN_INVARIANT';
  expect(answer.errors[seen]).toBeGreaterThan(0);
});
