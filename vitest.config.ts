import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { definesOf, mainBuild, suites } from './scripts/test-builds.mjs';

const major = process.versions.node.split('.')[0];
const report = mainBuild === 'production' ? `node-${major}` : `${mainBuild}-node-${major}`;

const productionOnly = [
  'test/misuse/**',
  'test/kill/**',
  'test/soak/**',
  'test/workers/piscina-ends.test.ts',
];

/** Tests that run from source, and workers bundled, with the flags of one build. */
function project(name: string, test: object): TestProjectInlineConfiguration {
  return {
    define: definesOf(name),
    // Node 20 has no `using` declarations, so they are compiled away here as in the build.
    oxc: { target: 'es2022' },
    test: {
      name,
      env: { HAKMEM_TEST_BUILD: name },
      globalSetup: ['test/support/globalSetup.ts'],
      // Processes, not threads: the tests start and terminate threads of their own.
      pool: 'forks',
      // A multiple of what any test takes: on a busy machine that is all that differs.
      testTimeout: 240_000,
      hookTimeout: 240_000,
      ...test,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project(mainBuild, {
        include: ['test/**/*.test.ts'],
        // Misuse and deaths are tried in both builds at once.
        exclude: ['test/builds/**', ...(mainBuild === 'debug' ? productionOnly : [])],
        setupFiles: mainBuild === 'debug' ? ['test/support/debug-setup.ts'] : [],
      }),
      ...suites.map((name) => project(name, { include: [`test/builds/${name}/**/*.test.ts`] })),
    ],
    // The report is what scripts/node-matrix.mjs and .ci/run count.
    reporters: ['default', ['json', { outputFile: `build/test-results/${report}.json` }]],
  },
});
