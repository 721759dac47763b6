/** `npm run bench:report`: makes the report and the charts of stored runs; `--help` says how. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newCommand } from '../scripts/command.mjs';
import { relative } from './charts/charts.js';
import { renderHtml } from './charts/html.js';
import { rewriteReadme } from './charts/readme.js';
import { projectFolder } from './lib/project.js';
import { NATIVE_PEERS } from './peers/native.js';
import { SCRIPT_PEERS } from './peers/script.js';
import { readRun, type Result, type StoredRun } from './results.js';
import { workloads } from './workloads/index.js';
import { SELF } from './workloads/workload.js';

const DOCS = join(projectFolder(), 'docs', 'bench');
/** The families of the main charts. */
const SHOWN =
  /^(random-mixed|large|malloc-large|larson|mstress|rptest|xmalloc|glibc-thread|cache|replay)\//;

const command = newCommand('npm run bench:report --')
  .description('Makes index.html, native.svg and javascript.svg of stored runs.')
  .argument(
    '[runs...]',
    'files of npm run bench -- --json FILE, the main one first',
    ['node20.json', 'node24.json']
      .map((file) => join(DOCS, file))
      .filter((file) => existsSync(file)),
  )
  .option('--out <folder>', 'where they go', DOCS)
  .option('--readme', 'rewrite the main table in README.md too')
  .parse();
const { out, readme } = command.opts<{ out: string; readme?: true }>();

try {
  write(command.processedArgs[0] as string[]);
} catch (error) {
  command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
}

function write(files: readonly string[]): void {
  const runs = files.map((file) => inOrder(readRun(file)));
  const [{ results }] = runs;
  const shown = results.filter(({ name }) => SHOWN.test(name));
  save('index.html', renderHtml(runs));
  chart('native.svg', shown, [...NATIVE_PEERS, SELF], 'glibc');
  chart('javascript.svg', shown, [...SCRIPT_PEERS, SELF], SELF);
  if (readme) updateReadme(runs);
}

/** Results in the order of the workloads, however many pieces they were measured in. */
function inOrder(run: StoredRun): StoredRun {
  const threads = [...new Set(run.results.map((result) => result.threads))].sort((a, b) => a - b);
  const names = workloads(threads).map(({ name }) => name);
  const place = ({ name }: Result) => names.indexOf(name);
  return { ...run, results: [...run.results].sort((a, b) => place(a) - place(b)) };
}

function chart(file: string, shown: readonly Result[], names: readonly string[], base: string) {
  save(file, `${relative(shown, names, base)}\n`);
}

function save(file: string, text: string): void {
  writeFileSync(join(out, file), text);
  console.log(join(out, file));
}

function updateReadme(runs: readonly StoredRun[]): void {
  const path = join(projectFolder(), 'README.md');
  writeFileSync(path, rewriteReadme(readFileSync(path, 'utf8'), runs));
  console.log(path);
}
