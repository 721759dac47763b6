/**
 * The builds under which tests run. `test/builds/<name>/` runs under the build of that name, every
 * other test under `production`, or under `debug` with `npm run test:debug`.
 */
import { defines, flagTable } from './flags.mjs';

const stats = Object.keys(flagTable).filter((name) => /_COMPILED$/.test(name));

/** @type {Readonly<Record<string, () => Record<string, string>>>} */
const builds = {
  production: () => defines(),
  debug: () => defines([], 'debug'),
  stats: () => defines(stats.map((name) => `${name}=1`)),
  timing: () => defines(['HAKMEM_DEBUG_TIMING=1']),
  constant: () => defines(['HAKMEM_CONST_CONFIG=1']),
  checked: () => defines(['HAKMEM_BUILD_RELEASE=0']),
};

/** Builds with tests of their own. */
export const suites = Object.keys(builds).filter((name) => !['production', 'debug'].includes(name));

/** The build of all other tests. */
export const mainBuild = process.env.HAKMEM_TEST_BUILD ?? 'production';

/**
 * The `define` map of a build.
 *
 * @param {string} name
 */
export function definesOf(name) {
  if (!Object.hasOwn(builds, name)) {
    throw new Error(`no test build '${name}'; there are: ${Object.keys(builds).join(', ')}`);
  }
  return builds[name]();
}

/**
 * Where the worker entries of a build's tests are bundled to, from the project's folder.
 *
 * @param {string} name
 */
export function entryFolder(name) {
  return name === 'production' ? 'build' : `build/builds/${name}`;
}
