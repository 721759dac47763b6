/**
 * `npm run audit [-- --write [--accept-size]]`
 *
 * Checks every atomic operation of src/, docs/atomics.md, the tables of docs/flags.md, and the
 * production bundle: what it must not hold, its size, and the shape of its fast paths. With --write it
 * records the documents and the shape instead of comparing them, and a smaller budget; a larger one
 * with --accept-size only.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleLibrary, root } from '../bundle.mjs';
import { FAILED, newCommand } from '../command.mjs';
import { eagerFile, functionsOf } from '../eager.mjs';
import { defines, flagTable } from '../flags.mjs';
import { auditBundle, nextBudget, overBudget, sizesOf } from './bundle.mjs';
import { calledByThread } from './called.mjs';
import { documentOf } from './document.mjs';
import { withTables } from './flags-document.mjs';
import { atomicsOnFastPaths, shapeDifferences, shapesOf } from './shape.mjs';
import { auditSource } from './source.mjs';

const {
  write,
  acceptSize,
  source: folder,
} = newCommand('npm run audit --')
  .description('Checks the atomic operations, the production bundle and its fast paths.')
  .option('--write', 'record the documents, a smaller budget and the shape of the fast paths')
  .option('--accept-size', 'with --write: record a larger budget too, for growth that is meant')
  .option('--source <folder>', 'audit the source and the document in another folder only')
  .parse()
  .opts();

const { sites, problems } = auditSource(folder ?? root);
recorded(join(folder ?? root, 'docs/atomics.md'), documentOf(sites), (stored, now) =>
  stored === now ? [] : ['docs/atomics.md is stale: run npm run audit -- --write'],
);

const flagsFile = join(folder ?? root, 'docs/flags.md');
recorded(flagsFile, withTables(readFileSync(flagsFile, 'utf8')), (stored, now) =>
  stored === now ? [] : ['docs/flags.md is stale: run npm run audit -- --write'],
);

if (folder === undefined) {
  const bundle = join(root, 'build/audit/hakmem.js');
  await eager(bundle);
  const code = readFileSync(bundle, 'utf8');
  problems.push(
    ...auditBundle(code, readFileSync(`${bundle}.map`, 'utf8'), sites, Object.keys(flagTable)),
  );
  problems.push(...atomicsOnFastPaths(code));
  const sizes = sizesOf(code);
  const budgetFile = join(root, 'test/golden/bundle-budget.json');
  const stored = existsSync(budgetFile) ? JSON.parse(readFileSync(budgetFile, 'utf8')) : undefined;
  const budget = nextBudget(sizes, stored, acceptSize ?? false);
  recorded(budgetFile, json(budget), () => []);
  // A budget that was not to rise is exceeded after --write too.
  const over = overBudget(sizes, write ? budget : (stored ?? budget));
  if (over.length > 0) over.push('growth that is meant: npm run audit -- --write --accept-size');
  problems.push(...over);
  const shapes = shapesOf(code);
  recorded(join(root, 'test/golden/fast-path.json'), json(shapes), (stored) =>
    shapeDifferences(shapes, JSON.parse(stored)),
  );
  console.log(`bundle: ${sizes.raw} bytes, ${sizes.minified} minified, ${sizes.gzip} with gzip`);
}
console.log(`${sites.length} atomic operations, ${problems.length} problems`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = FAILED;

/**
 * The functions compiled with the bundle are those that a thread calls. A bundle without them is
 * looked at, since in it every function is still a declaration.
 *
 * @param {string} bundle
 */
async function eager(bundle) {
  await bundleLibrary(defines(), bundle, 'src/index.ts', [], []);
  const declared = new Set(functionsOf(readFileSync(bundle, 'utf8')).map(([name]) => name.text));
  const called = (await calledByThread(bundle)).filter((name) => declared.has(name));
  recorded(fileURLToPath(eagerFile), json(called), (stored, now) =>
    stored === now ? [] : ['scripts/eager.json is stale: run npm run audit -- --write'],
  );
  await bundleLibrary(defines(), bundle);
}

/**
 * Writes a record, or adds what differs from it to the problems.
 *
 * @param {string} path
 * @param {string} text
 * @param {(stored: string, text: string) => string[]} compare
 */
function recorded(path, text, compare) {
  if (write) writeFileSync(path, text);
  else if (!existsSync(path)) problems.push(`${path} is missing: run npm run audit -- --write`);
  else problems.push(...compare(readFileSync(path, 'utf8'), text));
}

/** @param {unknown} value */
function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
