import { defineConfig } from 'vitest/config';
import { defines } from './scripts/flags.mjs';

const major = process.versions.node.split('.')[0];

export default defineConfig({
  define: defines(),
  // Node 20 has no `using` declarations, so they are compiled away here as in the build.
  oxc: { target: 'es2022' },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    // Processes, not threads: the tests start and terminate threads of their own.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The report is what scripts/node-matrix.mjs and .ci/run count.
    reporters: ['default', ['json', { outputFile: `build/test-results/node-${major}.json` }]],
  },
});
