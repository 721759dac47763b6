/**
 * `npm run test:property:long [-- --factor 50] [--seed N] [vitest arguments]`
 *
 * The property tests with many more runs and a random seed, which is printed so that a failure can
 * be run again.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runVitest } from './vitest.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    factor: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});

console.log(`seed ${values.seed}, ${values.factor} times the everyday runs`);
const status = runVitest(
  process.execPath,
  [...(positionals.length === 0 ? ['test/property'] : positionals), '--testTimeout=0'],
  { HAKMEM_PROPERTY_SEED: values.seed, HAKMEM_PROPERTY_FACTOR: values.factor },
);
if (status !== 0) {
  console.error(`again with: npm run test:property:long -- --seed ${values.seed}`);
}
process.exitCode = status;
