/** `npm run bench:mixed`: one workload, ten runs in fresh processes; `--help` says how. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Run } from '../child/team.js';
import { CLEAN_ENVIRONMENT, NODE_ARGUMENTS } from '../lib/clean-process.js';
import { thisCommit, thisMachine } from '../lib/machine.js';
import { projectFolder } from '../lib/project.js';
import { readRuns, type StoredRuns } from '../lib/stored-runs.js';
import { showProgress } from '../progress.js';
import { parseCommandLine } from './options.js';
import { type Profile, runOf } from './profiles.js';
import { renderRuns } from './report.js';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('../child/main.js', import.meta.url));

const { workloads, profile, runs, json, reported } = parseCommandLine(process.argv.slice(2));
if (reported.length > 0) console.log(renderRuns(reported.map(readRuns)));
else console.log(renderRuns(await measureAll()));

async function measureAll(): Promise<StoredRuns[]> {
  const progress = showProgress();
  const total = workloads.length * runs;
  const stored: StoredRuns[] = [];
  try {
    for (const [index, workload] of workloads.entries()) {
      const result = await measure(workload, profile, (done) =>
        progress.update(index * runs + done, total, `${workload}, ${profile}`),
      );
      write(result);
      stored.push(result);
    }
  } finally {
    progress.stop();
  }
  return stored;
}

async function measure(
  workload: string,
  chosen: Profile,
  onRun: (done: number) => void,
): Promise<StoredRuns> {
  const given = runOf(workload, chosen);
  const figures: number[] = [];
  for (let done = 0; done < runs; done++) {
    onRun(done);
    figures.push(await figureOf(given));
  }
  onRun(runs);
  return {
    format: 1,
    kind: 'runs',
    workload,
    profile: chosen,
    parameters: given,
    node: process.version,
    arguments: NODE_ARGUMENTS,
    machine: thisMachine(),
    commit: thisCommit(),
    date: new Date().toISOString().slice(0, 10),
    figures,
  };
}

async function figureOf(given: Run): Promise<number> {
  const args = [...NODE_ARGUMENTS, CHILD, 'team', JSON.stringify(given)];
  const { stdout } = await run(process.execPath, args, { env: { ...CLEAN_ENVIRONMENT } });
  const { figure } = JSON.parse(stdout) as { figure?: number };
  if (figure === undefined) throw new Error(`${given.program} reported no figure`);
  return figure;
}

function write(result: StoredRuns): void {
  const folder = json ?? join(projectFolder(), 'build', 'mixed');
  const path = join(folder, `${result.workload}.${result.profile}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
}
