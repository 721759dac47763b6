/**
 * `npm run fuzz [-- --cases N --seed N --from N]`
 *
 * Bundles the fuzz of damaged heaps and runs it under this Node.
 */
import { spawnSync } from 'node:child_process';
import { bundlePrograms, root } from './bundle.mjs';
import { defines } from './flags.mjs';

await bundlePrograms(['test/fuzz/main.ts', 'test/fuzz/damage.worker.ts'], defines());
const { status } = spawnSync(
  process.execPath,
  ['build/test/fuzz/main.js', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
