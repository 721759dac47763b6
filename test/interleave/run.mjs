/**
 * `npm run test:interleave [-- options]`: explores interleavings of the concurrent structures and
 * prints how many schedules each scenario has, and how fast they are. `npm run test:interleave:long`
 * goes further; `--planted` shows that planted bugs are found.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { root } from '../../scripts/bundle.mjs';
import { newCommand, wholeNumber } from '../../scripts/command.mjs';
import { buildExplorer } from './stepping/build.mjs';
import { plantedBugs, search } from './planted.mjs';

const program = newCommand('npm run test:interleave --')
  .description('Explores interleavings of the concurrent structures.')
  .option('--scenario <text>', 'only scenarios whose structure or name has this in it', '')
  .option('--bound <N>', 'pre-emptions in schedules in which nobody dies', wholeNumber, '3')
  .option(
    '--death-bound <N>',
    'pre-emptions in schedules in which one thread dies',
    wholeNumber,
    '1',
  )
  .option(
    '--two-deaths-bound <N>',
    'pre-emptions in schedules in which two threads die',
    wholeNumber,
    '0',
  )
  .option('--random <N>', 'random schedules after that', wholeNumber, '2000')
  .option('--seed <N>', 'first seed of those', wholeNumber, String(randomInt(2 ** 30)))
  .option('--seconds <N>', 'the most for one search; what was cut is marked', wholeNumber, '600')
  .option('--plain', 'accesses to plain shared cells are steps too')
  .option('--replay <schedule>', 'one schedule again, step by step; with --scenario')
  .option('--planted', 'plants bugs, one after the other, and finds them')
  .parse();
const options = program.opts();

/** @param {string} outfile */
export async function loadExplorer(outfile = join(root, 'build', 'interleave', 'explorer.mjs')) {
  await buildExplorer(outfile);
  return /** @type {typeof import('./engine/main.js')} */ (
    await import(pathToFileURL(outfile).href)
  );
}

/** @param {import('./engine/explore.js').Report} report */
function complain({ scenario, failure }) {
  if (!failure) return;
  process.exitCode = 1;
  console.error(`${scenario}\n  ${failure.problem}\n  by ${failure.by}`);
  console.error(`  again with: --scenario '${scenario}' --replay '${failure.schedule}'`);
}

async function explore() {
  const { Exploration, scenarios } = await loadExplorer();
  const chosen = scenarios.filter(({ of, name }) => `${of}: ${name}`.includes(options.scenario));
  const [first] = chosen;
  if (!first) program.error(`error: no scenario has '${options.scenario}' in it`);
  if (options.replay) {
    complain(new Exploration(first).replay(options.replay, (line) => console.log(line)));
    return;
  }
  console.log(`seed ${options.seed}`);
  const table = new Table({
    head: ['structure', 'scenario', 'search', 'schedules', 'ends', 'seconds', 'per second'],
  });
  const effort = { seconds: Number(options.seconds) };
  let [schedules, seconds] = [0, 0];
  for (const scenario of chosen) {
    const exploration = new Exploration(scenario, options.plain);
    const searches = [
      () => exploration.exhaustive(Number(options.bound), 0, effort),
      () => exploration.exhaustive(Number(options.deathBound), 1, effort),
      () => exploration.exhaustive(Number(options.twoDeathsBound), 2, effort),
      () =>
        exploration.random(Number(options.seed), true, {
          ...effort,
          schedules: Number(options.random),
        }),
    ];
    for (const run of searches) {
      const report = run();
      complain(report);
      schedules += report.schedules;
      seconds += report.seconds;
      const cut = report.complete || report.search.startsWith('random') ? '' : ' (cut)';
      // The table comes at the end, which may be far.
      console.error(
        `${scenario.of}: ${scenario.name}; ${report.search}: ${report.schedules}${cut}`,
      );
      table.push([
        scenario.of,
        scenario.name,
        report.search.replace(/ from seed \d+/, ''),
        `${report.schedules}${cut}`,
        report.ends,
        report.seconds.toFixed(2),
        Math.round(report.schedules / report.seconds),
      ]);
    }
  }
  console.log(table.toString());
  console.log(
    `${schedules} schedules in ${seconds.toFixed(0)} s, ${Math.round(schedules / seconds)} per second`,
  );
}

async function plant() {
  const table = new Table({
    head: ['planted bug', 'found in', 'what was seen', 'by', 'schedules', 'seconds'],
  });
  for (const bug of plantedBugs) {
    const found = await search(bug);
    if (!found) process.exitCode = 1;
    table.push([
      bug.name,
      found?.scenario ?? 'NOT FOUND',
      (found?.failure?.problem ?? '').split('\n')[0]?.slice(0, 100) ?? '',
      (found?.failure?.by ?? '').replace(/, schedule \d+/, ''),
      found?.schedules ?? '',
      found?.seconds.toFixed(2) ?? '',
    ]);
  }
  console.log(table.toString());
}

await (options.planted ? plant() : explore());
