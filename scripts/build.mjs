/**
 * `npm run build [-- --flag NAME=1] [--library]`
 *
 * src/ becomes dist/hakmem.js and dist/types/, the benchmarks become build/.
 * With --library only dist/ is made.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { program } from 'commander';
import { benchEntries, bundleLibrary, bundlePrograms, root } from './bundle.mjs';
import { defines } from './flags.mjs';

const options = program
  .description('Builds dist/ (the library and its types) and build/ (benchmarks and replay).')
  .option('--flag <NAME=NUMBER...>', 'set build-time flags, see scripts/flags.mjs', [])
  .option('--library', 'make dist/ only')
  .parse()
  .opts();

/** @type {Record<string, string>} */
let define;
try {
  define = defines(options.flag);
} catch (error) {
  program.error(`error: ${/** @type {Error} */ (error).message}`);
}

await bundleLibrary(define);
rmSync(join(root, 'dist', 'types'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

if (!options.library) {
  await bundlePrograms(benchEntries(), define, { published: true });
}
