import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.mjs';
import { definesOf, mainBuild, suites } from './scripts/test-builds.mjs';

const major = process.versions.node.split('.')[0];
const report = mainBuild === 'production' ? `node-${major}` : `${mainBuild}-node-${major}`;

const productionOnly = [
  'test/misuse/**',
  'test/kill/**',
  'test/soak/**',
  'test/workers/piscina-ends.test.ts',
];

const setupFiles = mainBuild === 'debug' ? ['test/support/debug-setup.ts'] : [];

/** Tests that run from source, and workers bundled, with the flags of one build. */
function project(name: string, test: object, build = name): TestProjectInlineConfiguration {
  return {
    define: definesOf(build),
    // Node 20 has no `using` declarations, so they are compiled away here as in the build.
    oxc: { target: 'es2022' },
    test: {
      name,
      env: { HAKMEM_TEST_BUILD: build },
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
    // All cores: what is waited for most is a test file's own single thread.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      project(mainBuild, {
        include: ['test/**/*.test.ts'],
        // Misuse and deaths are tried in both builds at once.
        exclude: [
          'test/builds/**',
          'test/interleave/**',
          ...(mainBuild === 'debug' ? productionOnly : []),
        ],
        setupFiles,
      }),
      // By itself, so that `--project '!interleave'` leaves out what takes minutes. It bundles what it needs.
      project(
        'interleave',
        { include: ['test/interleave/**/*.test.ts'], setupFiles, globalSetup: [] },
        mainBuild,
      ),
      ...suites.map((name) => project(name, { include: [`test/builds/${name}/**/*.test.ts`] })),
    ],
    // The report is what scripts/node-matrix.mjs and .ci/run count.
    reporters: ['default', ['json', { outputFile: `build/test-results/${report}.json` }]],
  },
});
