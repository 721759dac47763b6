/** `npm run bench:mixed`: one workload, ten runs in fresh processes; `--help` says how. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Run } from '../child/team.js';
import { CLEAN_ENVIRONMENT, NODE_ARGUMENTS } from '../lib/clean-process.js';
import { reasonOf } from '../lib/child-error.js';
import { CommandError, FailureError, runCommand } from '../lib/command-error.js';
import { thisCommit, thisMachine } from '../lib/machine.js';
import { projectFolder } from '../lib/project.js';
import { readRuns, type StoredRuns } from '../lib/stored-runs.js';
import { showProgress } from '../progress.js';
import { parseCommandLine } from './options.js';
import { runOf } from './profiles.js';
import { renderRuns } from './report.js';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('../child/main.js', import.meta.url));

const { workloads, profile, runs, json, reported } = parseCommandLine(process.argv.slice(2));
const folder = json ?? join(projectFolder(), 'build', 'mixed');

await runCommand(async () => {
  if (reported.length > 0) console.log(renderRuns(reported.map(readRuns)));
  else await measureAll();
});

/** Stores and prints what was measured, and what came before a run that failed too. */
async function measureAll(): Promise<void> {
  // Before anything is measured, so that a folder that cannot be written costs no time.
  makeFolder();
  const progress = showProgress();
  const total = workloads.length * runs;
  const stored: StoredRuns[] = [];
  try {
    for (const [index, workload] of workloads.entries()) {
      const figures: number[] = [];
      try {
        await measure(workload, figures, (done) =>
          progress.update(index * runs + done, total, `${workload}, ${profile}`),
        );
      } finally {
        if (figures.length > 0) stored.push(store(workload, figures));
      }
    }
  } finally {
    progress.stop();
    if (stored.length > 0) console.log(renderRuns(stored));
  }
}

/** Adds the figure of each run. @throws FailureError when one fails */
async function measure(
  workload: string,
  figures: number[],
  onRun: (done: number) => void,
): Promise<void> {
  const given = runOf(workload, profile);
  for (let done = 0; done < runs; done++) {
    onRun(done);
    try {
      figures.push(await figureOf(given));
    } catch (cause) {
      const reason = reasonOf(cause as Error);
      throw new FailureError(`run ${done + 1} of ${workload} failed: ${reason}`, { cause });
    }
  }
  onRun(runs);
}

async function figureOf(given: Run): Promise<number> {
  const args = [...NODE_ARGUMENTS, CHILD, 'team', JSON.stringify(given)];
  const { stdout } = await run(process.execPath, args, { env: { ...CLEAN_ENVIRONMENT } });
  const { figure } = JSON.parse(stdout) as { figure?: number };
  if (figure === undefined) throw new Error(`${given.program} reported no figure`);
  return figure;
}

function store(workload: string, figures: readonly number[]): StoredRuns {
  const result: StoredRuns = {
    format: 1,
    kind: 'runs',
    workload,
    profile,
    parameters: runOf(workload, profile),
    node: process.version,
    arguments: NODE_ARGUMENTS,
    machine: thisMachine(),
    commit: thisCommit(),
    date: new Date().toISOString().slice(0, 10),
    figures,
  };
  const path = join(folder, `${workload}.${profile}.json`);
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  return result;
}

function makeFolder(): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new CommandError(`--json: ${(cause as Error).message}`, { cause });
  }
}
