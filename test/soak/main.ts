/** `npm run soak` and `npm run soak:kill`: see `scripts/soak.mjs`. */
import { Option } from 'commander';
import { newCommand } from '../../scripts/command.mjs';
import { minutesOf, wholeNumber } from '../support/options.js';
import { killStorm, soak, type SoakFigures } from './soak.js';

const program = newCommand('npm run soak --')
  .description('Random programs on many workers in one heap, with faults and kills.')
  .option('--kill', 'nothing but a storm of kills', false)
  .option('--minutes <N>', 'how long', minutesOf, 1)
  .option('--threads <N>', 'workers at a time', wholeNumber(1, 64), 4)
  .addOption(
    new Option('--seed <N>', 'of all that is random')
      .argParser(wholeNumber(0))
      .default(Math.floor(Math.random() * 2 ** 30), 'another one each time'),
  )
  .parse();

const { kill, minutes, threads, seed } = program.opts<{
  kill: boolean;
  minutes: number;
  threads: number;
  seed: number;
}>();

function show(figures: SoakFigures): string {
  return Object.entries<number>({ ...figures })
    .map(([name, value]) => `  ${name.padEnd(18)} ${value.toLocaleString('en')}`)
    .join('\n');
}

const started = Date.now();
console.log(`seed ${seed}, ${threads} workers, ${minutes} minutes, Node ${process.version}`);
try {
  const figures = await (kill ? killStorm : soak)({
    minutes,
    threads,
    seed,
    entry: new URL('./soak.worker.js', import.meta.url),
    progress(sums, round) {
      const minute = ((Date.now() - started) / 60_000).toFixed(1);
      const { operations, kills } = sums;
      console.log(`${minute} min: ${round}; ${operations} operations, ${kills} kills so far`);
    },
  });
  console.log(`${show(figures)}\n  ${'blocks lost'.padEnd(18)} 0`);
} catch (error) {
  console.error(error);
  console.error(`again with: --seed ${seed} --threads ${threads}`);
  process.exit(1);
}
