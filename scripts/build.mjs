/**
 * `npm run build [-- --flag NAME=1 ...] [--only-library] [--out FOLDER]`
 *
 * src/ becomes dist/hakmem.js, dist/debug/hakmem.js (the same with its diagnostics on) and
 * dist/types/, the benchmarks become build/. With --only-library only dist/ is made, with --out only
 * one bundle in another folder: two of them side by side are what an A/B run compares.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { benchEntries, bundleLibrary, bundlePrograms, root } from './bundle.mjs';
import { newCommand } from './command.mjs';
import { defines } from './flags.mjs';

const program = newCommand('npm run build --')
  .description('Builds dist/ (the library and its types) and build/ (benchmarks and replay).')
  .option('--flag <NAME=VALUE...>', 'set build flags, see src/base/flags.ts', [])
  .option('--debug', "with --out: start from the debug build's flags")
  .option('--only-library', 'make dist/ only')
  .option('--out <folder>', 'make <folder>/hakmem.js and nothing else')
  .parse();
const options = program.opts();

/**
 * @param {readonly string[]} settings
 * @param {import('./flags.mjs').Build} build
 */
function definesOrExit(settings, build) {
  try {
    return defines(settings, build);
  } catch (error) {
    return program.error(`error: ${/** @type {Error} */ (error).message}`);
  }
}

if (options.debug && options.out === undefined) {
  program.error('error: --debug goes with --out; dist/debug/ is always made');
}
const define = definesOrExit(options.flag, options.debug ? 'debug' : 'production');

if (options.out !== undefined) {
  const entry = options.debug ? 'src/debug.ts' : 'src/index.ts';
  await bundleLibrary(define, join(options.out, 'hakmem.js'), entry);
} else {
  await bundleLibrary(define);
  await bundleLibrary(definesOrExit([], 'debug'), 'dist/debug/hakmem.js', 'src/debug.ts');
  rmSync(join(root, 'dist', 'types'), { recursive: true, force: true });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = ['-p', 'tsconfig.build.json'];
  execFileSync(process.execPath, [tsc, ...project], { cwd: root, stdio: 'inherit' });
  if (!options.onlyLibrary) {
    await bundlePrograms(benchEntries(), define, { published: true });
  }
}
