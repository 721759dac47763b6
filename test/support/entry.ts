import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where the bundle of a worker entry lies, for `new Worker(url)` and piscina's `filename`.
 *
 * @param path of the entry from its caller, such as `./churn.worker.ts`
 * @param from the caller's `import.meta.url`
 * @returns URL of the JavaScript file beneath `build/`
 */
export function builtEntry(path: string, from: string): URL {
  const source = relative(root, fileURLToPath(new URL(path, from)));
  return new URL(`../../build/${source.replace(/\.ts$/, '.js')}`, import.meta.url);
}
