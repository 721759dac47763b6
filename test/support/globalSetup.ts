import { bundlePrograms, testEntries } from '../../scripts/bundle.mjs';
import { defines } from '../../scripts/flags.mjs';

/** Bundles the tests' worker entries once per run, because Node 20 cannot run TypeScript. */
export default async function setup(): Promise<void> {
  await bundlePrograms(testEntries(), defines());
}
