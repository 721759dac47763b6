/** `npm run fuzz`: see `scripts/fuzz.mjs`. */
import { Option } from 'commander';
import { newCommand } from '../../scripts/command.mjs';
import { wholeNumber } from '../support/options.js';
import { runCases } from './cases.js';

const program = newCommand('npm run fuzz --')
  .description('Attaches to heaps whose bytes were damaged, and uses them in every way.')
  .option('--cases <N>', 'how many', wholeNumber(1), 12_000)
  .addOption(
    new Option('--seed <N>', 'of all that is random')
      .argParser(wholeNumber(0))
      .default(Math.floor(Math.random() * 2 ** 30), 'another one each time'),
  )
  .option('--from <N>', 'number of the first case', wholeNumber(0), 0)
  .parse();

const { cases, seed, from } = program.opts<{ cases: number; seed: number; from: number }>();

console.log(`seed ${seed}, ${cases} cases, Node ${process.version}`);
const started = Date.now();
try {
  const { failures, errors, ...figures } = await runCases({
    seed,
    from,
    cases,
    entry: new URL('./damage.worker.js', import.meta.url),
    progress(number) {
      const seconds = ((Date.now() - started) / 1000).toFixed(0);
      const resident = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
      console.log(`${seconds} s: case ${number}, ${resident} MiB resident`);
    },
  });
  for (const failure of failures) console.error(failure);
  console.log(JSON.stringify({ ...figures, untyped: failures.length, errors }, null, 2));
  if (failures.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
if (process.exitCode === 1) console.error(`again with: --seed ${seed}, --from N --cases 1 for one`);
