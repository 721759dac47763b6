/**
 * `node scripts/variant.mjs --out FOLDER [--flag NAME=1] [--plant atomic] [--library FILE]`
 *
 * A build of the library for the A/B runs: FOLDER becomes a package of the name `hakmem`, and the
 * workloads beneath it import the library by that name, so they get this build.
 */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { benchEntries, bundleLibrary, bundlePrograms, root } from './bundle.mjs';
import { newCommand } from './command.mjs';
import { defines } from './flags.mjs';
import { plant, plants } from './plant.mjs';

const options = newCommand()
  .description('Builds the library and the workloads for an A/B run.')
  .requiredOption('--out <folder>', 'where the package goes')
  .option('--flag <NAME=VALUE...>', 'set build flags, see src/base/flags.ts', [])
  .option('--plant <kind>', `plant a counter in malloc: ${plants.join(' or ')}`)
  .option('--library <file>', 'take this bundle instead of making one')
  .parse()
  .opts();

const { out, library } = options;
const outdir = relative(root, out);
mkdirSync(out, { recursive: true });
if (library !== undefined) {
  cpSync(library, join(out, 'hakmem.js'));
} else {
  const plugins = options.plant === undefined ? [] : [plant(options.plant)];
  await bundleLibrary(defines(options.flag), join(outdir, 'hakmem.js'), 'src/index.ts', plugins);
}
// Both sides of a comparison run the same programs, whatever flags the library has.
await bundlePrograms(benchEntries(), defines(), { published: true, outdir });
const manifest = { name: 'hakmem', type: 'module', exports: { '.': './hakmem.js' } };
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
symlinkSync(join(root, 'traces'), join(out, 'traces'), 'junction');
