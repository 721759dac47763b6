import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';
import { benchEntries, bundlePrograms } from '../../scripts/bundle.mjs';
import { definesOf, entryFolder, mainBuild } from '../../scripts/test-builds.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where the bundle of a worker entry lies, for `new Worker(url)` and piscina's `filename`.
 *
 * @param path of the entry from its caller, such as `./churn.worker.ts`
 * @param from the caller's `import.meta.url`
 * @returns URL of the JavaScript file, made with the flags of the test that runs
 */
export function builtEntry(path: string, from: string): URL {
  const source = relative(root, fileURLToPath(new URL(path, from)));
  const built = `${entryFolder(mainBuild)}/${source.replace(/\.ts$/, '.js')}`;
  return new URL(`../../${built}`, import.meta.url);
}

/** Bundles the benchmarks to where `builtEntry` finds them. */
export async function bundleBenchmarks(): Promise<void> {
  await bundlePrograms(benchEntries(), definesOf(mainBuild), { outdir: entryFolder(mainBuild) });
}
