/**
 * `npm run test:property:long [-- --factor 50] [--seed N] [vitest arguments]`
 *
 * The property tests with many more runs and a random seed, which is printed so that a failure can
 * be run again.
 */
import { randomInt } from 'node:crypto';
import { newCommand, wholeNumber } from './command.mjs';
import { runVitest } from './vitest.mjs';

const program = newCommand('npm run test:property:long --')
  .description('Runs the property tests with many more cases; other arguments go to vitest.')
  .option('--factor <N>', 'times the everyday number of cases', wholeNumber, '50')
  .option('--seed <N>', 'seed of all properties', wholeNumber, String(randomInt(2 ** 31)))
  .allowUnknownOption()
  .allowExcessArguments()
  .parse();
const { factor, seed } = program.opts();

console.log(`seed ${seed}, ${factor} times the everyday runs`);
const status = runVitest(
  process.execPath,
  [
    ...(program.args.length === 0 ? ['test/property', 'test/unit'] : program.args),
    '--testTimeout=0',
  ],
  { HAKMEM_PROPERTY_SEED: seed, HAKMEM_PROPERTY_FACTOR: factor },
);
if (status !== 0) {
  console.error(`again with: npm run test:property:long -- --seed ${seed}`);
}
process.exitCode = status;
