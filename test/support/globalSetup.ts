import type { TestProject } from 'vitest/node';
import { bundlePrograms, testEntries } from '../../scripts/bundle.mjs';
import { definesOf, entryFolder } from '../../scripts/test-builds.mjs';

/** Bundles the tests' worker entries once per run and build, because Node 20 runs no TypeScript. */
export default async function setup({ name }: TestProject): Promise<void> {
  await bundlePrograms(testEntries(), definesOf(name), { outdir: entryFolder(name) });
}
