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
import { parseArgs } from 'node:util';
import { benchEntries, bundleLibrary, bundlePrograms, root } from './bundle.mjs';
import { defines } from './flags.mjs';

const { values } = parseArgs({
  options: {
    flag: { type: 'string', multiple: true, default: [] },
    library: { type: 'boolean', default: false },
  },
});

const define = defines(values.flag);

await bundleLibrary(define);
rmSync(join(root, 'dist', 'types'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

if (!values.library) {
  await bundlePrograms(benchEntries(), define);
}
