/**
 * `node scripts/variant.mjs --out FOLDER [--flag NAME=1] [--plant atomic]`
 *
 * A build of the library for the A/B runs: FOLDER becomes a package of the name `hakmem`, so that
 * programs beneath it which import the library by its name get this build.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { program } from 'commander';
import { bundleLibrary, root } from './bundle.mjs';
import { defines } from './flags.mjs';
import { plant, plants } from './plant.mjs';

const options = program
  .description('Builds the library for an A/B run.')
  .requiredOption('--out <folder>', 'where the package goes')
  .option('--flag <NAME=NUMBER...>', 'set build-time flags, see scripts/flags.mjs', [])
  .option('--plant <kind>', `plant a counter in malloc: ${plants.join(' or ')}`)
  .parse()
  .opts();

const manifest = { name: 'hakmem', type: 'module', exports: { '.': './hakmem.js' } };
const plugins = options.plant === undefined ? [] : [plant(options.plant)];
const outfile = join(relative(root, options.out), 'hakmem.js');
await bundleLibrary(defines(options.flag), outfile, 'src/index.ts', plugins);
mkdirSync(options.out, { recursive: true });
writeFileSync(join(options.out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
