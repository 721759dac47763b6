/**
 * `npm run soak [-- --minutes N --threads N --seed N]`, and `npm run soak:kill` with the same options.
 *
 * Bundles the soak and runs it under this Node.
 */
import { spawnSync } from 'node:child_process';
import { bundlePrograms, root } from './bundle.mjs';
import { defines } from './flags.mjs';

await bundlePrograms(['test/soak/main.ts', 'test/soak/soak.worker.ts'], defines());
const { status } = spawnSync(
  process.execPath,
  ['build/test/soak/main.js', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
