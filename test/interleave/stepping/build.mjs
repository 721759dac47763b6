/**
 * Builds the program that explores interleavings: the engine and its copy of the library as they
 * are, the scenarios and their copy of the library made resumable.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../../scripts/bundle.mjs';
import { defines } from '../../../scripts/flags.mjs';
import { analyse, parse } from './analysis.mjs';
import { transform } from './transform.mjs';

/** Files of the library whose functions are shared as they are; those of all others are made resumable. */
const SHARED =
  /^src\/(base\/(?!atomics|cache-stack)|hardened\/|inspect\/|mid\/|tiny\/|(arena|config|debug|handle|heap|index|platform|resume|threads|views)\.ts)/;

/** @typedef {{ file: string, from: string, to: string }} Change an exact text and what it becomes */

/**
 * @param {string} outfile
 * @param {readonly Change[]} [changes] planted bugs
 */
export async function buildExplorer(outfile, changes = []) {
  /** @type {import('./transform.mjs').Site[]} */
  const sites = [];
  const modules = [...files('src'), ...files('test/interleave/scenarios')]
    .filter((file) => !SHARED.test(file))
    .map((file) => parse(file, changed(file, changes)));
  const analysis = analyse(modules);
  const texts = new Map(modules.map((module) => [module.file, transform(module, analysis, sites)]));
  await build({
    absWorkingDir: root,
    entryPoints: ['test/interleave/engine/main.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    define: defines(),
    logLevel: 'warning',
    plugins: [stepping(texts, sites)],
  });
}

/**
 * @param {ReadonlyMap<string, string>} texts
 * @param {unknown} sites
 * @returns {import('esbuild').Plugin}
 */
function stepping(texts, sites) {
  return {
    name: 'interleave',
    setup(build) {
      build.onResolve({ filter: /^interleave-scheduler$/ }, () => ({
        path: join(root, 'test/interleave/engine/scheduler.ts'),
      }));
      build.onResolve({ filter: /^interleave-sites$/ }, () => ({
        path: 'sites',
        namespace: 'sites',
      }));
      build.onLoad({ filter: /.*/, namespace: 'sites' }, () => ({
        contents: JSON.stringify(sites),
        loader: 'json',
      }));
      build.onResolve({ filter: /^\..*\.js$/ }, ({ path, importer, namespace }) => {
        const from =
          namespace === 'stepped' ? importer : relative(root, importer).replaceAll('\\', '/');
        const file = posix.join(posix.dirname(from), path).replace(/\.js$/, '.ts');
        const stepped = texts.has(file) && (namespace === 'stepped' || file.startsWith('test/'));
        return stepped ? { path: file, namespace: 'stepped' } : { path: join(root, file) };
      });
      build.onLoad({ filter: /.*/, namespace: 'stepped' }, ({ path }) => ({
        contents: texts.get(path) ?? '',
        loader: 'ts',
        resolveDir: root,
      }));
    },
  };
}

/** @param {string} folder */
function files(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .sort();
}

/** @param {string} file @param {readonly Change[]} changes */
function changed(file, changes) {
  let text = readFileSync(join(root, file), 'utf8');
  for (const { from, to } of changes.filter((change) => change.file === file)) {
    const parts = text.split(from);
    if (parts.length !== 2) {
      throw new Error(`${file} has ${parts.length - 1} times instead of once:\n${from}`);
    }
    text = parts.join(to);
  }
  return text;
}
