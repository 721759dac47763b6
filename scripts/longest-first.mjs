import { BaseSequencer } from 'vitest/node';

/** The test files that take the longest, in the order of their seconds. */
const longest = ['test/interleave/interleave.test.ts', 'test/kill/kill-points-debug.test.ts'];

/**
 * Starts the test files that take the longest first, so that the last of them does not run alone while
 * the other cores have nothing left to do. vitest itself goes by the files' sizes until it has timed them.
 */
export class LongestFirst extends BaseSequencer {
  /**
   * @override
   * @param {import("vitest/node").TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    const first = longest.flatMap((name) => sorted.filter((file) => file.moduleId.endsWith(name)));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}
