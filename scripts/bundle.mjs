import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileEagerly, eagerNames } from './eager.mjs';
import { keepFromInlining } from './noinline.mjs';

/** The project's folder, with no separator at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** The oldest language level that a published bundle may use. */
const target = 'es2022';

/**
 * The published library: one ESM file without imports.
 *
 * @param {Record<string, string>} define build-time flags
 * @param {string} outfile path from the project's folder
 * @param {string} entry src/index.ts, or src/debug.ts for the debug build
 * @param {import('esbuild').Plugin[]} plugins what else changes the source on its way
 * @param {readonly string[]} eager functions that V8 is to compile with the bundle
 */
export async function bundleLibrary(
  define,
  outfile = 'dist/hakmem.js',
  entry = 'src/index.ts',
  plugins = [],
  eager = eagerNames(),
) {
  await buildAndWrite(
    {
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target,
      define,
      sourcemap: true,
      sourcesContent: true,
      legalComments: 'none',
      plugins,
    },
    (bytes) => {
      const code = keepNames(keepConstants(Buffer.from(bytes).toString()));
      return Buffer.from(compileEagerly(keepFromInlining(code), eager));
    },
  );
}

/**
 * Programs for Node, each whole in a file of its own at the same path beneath
 * `build/` or another folder, so that `new URL('./worker.js', import.meta.url)` finds its
 * neighbour. Packages stay imports.
 *
 * @param {readonly string[]} entryPoints paths from the project's folder
 * @param {Record<string, string>} define build-time flags
 * @param {{ published?: boolean, outdir?: string }} [options] with `published`, programs use
 *   dist/hakmem.js, as a user's would; otherwise the library comes in from its sources
 */
export async function bundlePrograms(
  entryPoints,
  define,
  { published = false, outdir = 'build' } = {},
) {
  if (entryPoints.length === 0) return;
  await buildAndWrite({
    entryPoints: [...entryPoints],
    outdir,
    outbase: '.',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target,
    define,
    sourcemap: true,
    plugins: published ? [importPublished] : [],
  });
}

/** Makes an import of `src/index.js` one of the package by its own name. */
const importPublished = {
  name: 'import-published',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /\/src\/index\.js$/ }, () => ({ path: 'hakmem', external: true }));
  },
};

/** Every TypeScript file of bench/ is an entry of its own: programs and their workers. */
export function benchEntries() {
  return sources('bench').filter((path) => !path.endsWith('.d.ts'));
}

/** Worker and child-process entries of the tests are named `*.worker.ts`. */
export function testEntries() {
  return sources('test').filter((path) => path.endsWith('.worker.ts'));
}

/**
 * Runs esbuild and moves each file that changed into place whole, so that a worker that starts
 * while somebody else builds never reads half a file.
 *
 * @param {import('esbuild').BuildOptions} options
 * @param {(bytes: Uint8Array) => Uint8Array} finish a last change to each script
 */
async function buildAndWrite(options, finish = (bytes) => bytes) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    logLevel: 'warning',
    // Writes the numbers of constants into the code that uses them, across modules.
    minifySyntax: true,
    ...options,
    write: false,
  });
  for (const { path, contents: bytes } of outputFiles) {
    const contents = path.endsWith('.js') ? finish(bytes) : bytes;
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    const partial = `${path}.${process.pid}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, contents);
    renameSync(partial, path);
  }
}

/**
 * esbuild turns every top-level `const` into `var`, which V8 then loads and checks at each use; a
 * `const` it writes into optimised code. Right for src/ alone: lint forbids a top-level `let` there,
 * and its modules have no cycles, so nothing is read before it is set.
 *
 * @param {string} code
 */
function keepConstants(code) {
  return code.replace(/^var /gm, 'const ');
}

/**
 * esbuild writes a class that names itself as `X = class _X`, and `_X` then stands in stack traces and
 * in what is inspected. The name inside may be the one outside; a blank keeps the columns of the
 * source map.
 *
 * @param {string} code
 */
function keepNames(code) {
  // A constant that stands before a class may be declared with it.
  const classes = code.matchAll(/^const (?:.*, )?(\w+) = class _\1\b/gm);
  const names = [...classes].map(([, name]) => name);
  return names.reduce(
    (text, name) => text.replace(new RegExp(`\\b_${name}\\b`, 'g'), ` ${name}`),
    code,
  );
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
