import { defineConfig } from 'vitest/config';
import { defines } from './scripts/flags.mjs';

export default defineConfig({
  define: defines(),
  // Node 20 has no `using` declarations, so they are compiled away here as in the build.
  oxc: { target: 'es2022' },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
