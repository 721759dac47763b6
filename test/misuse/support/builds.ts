import { bundleLibrary } from '../../../scripts/bundle.mjs';
import { definesOf } from '../../../scripts/test-builds.mjs';
import type * as watched from '../../../src/debug.js';
import type * as plain from '../../../src/index.js';

export type Library = typeof plain;
export type DebugLibrary = typeof watched;

/** One build of the library, as a user would load it. */
export interface Build<L = Library> {
  readonly name: 'production' | 'debug';
  /** URL of its bundle, which workers load too. */
  readonly url: string;
  readonly bundle: L;
}

async function bundle<L>(name: Build['name'], entry: string): Promise<Build<L>> {
  const outfile = `build/test/misuse/${name}.js`;
  await bundleLibrary(definesOf(name), outfile, entry);
  const url = new URL(`../../../${outfile}`, import.meta.url).href;
  return { name, url, bundle: (await import(/* @vite-ignore */ url)) as L };
}

export const production = await bundle<Library>('production', 'src/index.ts');
export const debug = await bundle<DebugLibrary>('debug', 'src/debug.ts');
// Tests leave blocks behind on purpose; those of leak reports say so themselves.
debug.bundle.debugSettings.onLeaks = undefined;

/** Both builds of the sources as they stand: every case of misuse runs in each. */
export const builds: readonly Build[] = [production, debug as unknown as Build];
