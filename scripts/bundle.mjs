import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The project's folder, with no separator at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** The oldest language level that a published bundle may use. */
const target = 'es2022';

/**
 * The published library: one ESM file without imports.
 *
 * @param {Record<string, string>} define build-time flags
 * @param {string} outfile path from the project's folder
 */
export async function bundleLibrary(define, outfile = 'dist/hakmem.js') {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target,
    define,
    sourcemap: true,
    sourcesContent: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/**
 * Programs for Node, each whole in a file of its own at the same path beneath
 * `build/`, so that `new URL('./worker.js', import.meta.url)` finds its
 * neighbour. The library comes in from its sources; packages stay imports.
 *
 * @param {readonly string[]} entryPoints paths from the project's folder
 * @param {Record<string, string>} define build-time flags
 */
export async function bundlePrograms(entryPoints, define) {
  if (entryPoints.length === 0) return;
  await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir: 'build',
    outbase: '.',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target,
    define,
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

/** Every TypeScript file of bench/ is an entry of its own: programs and their workers. */
export function benchEntries() {
  return sources('bench').filter((path) => !path.endsWith('.d.ts'));
}

/** Worker and child-process entries of the tests are named `*.worker.ts`. */
export function testEntries() {
  return sources('test').filter((path) => path.endsWith('.worker.ts'));
}

/** @param {string} folder */
function sources(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}
