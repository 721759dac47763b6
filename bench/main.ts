/** `npm run bench`: measures hakmem against other allocators; `--help` says how. */
import { writeFileSync } from 'node:fs';
import { FAILED } from '../scripts/command.mjs';
import { renderHtml } from './charts/html.js';
import { withheldVariables } from './lib/clean-process.js';
import { runCommand } from './lib/command-error.js';
import { describeMachine } from './machine.js';
import { measure } from './measure.js';
import { parseCommandLine } from './options.js';
import { renderComparison } from './output/compare.js';
import { renderTables } from './output/tables.js';
import { BuildPeers } from './peers/builds.js';
import { findPeers } from './peers/index.js';
import { Toolchain } from './peers/toolchain.js';
import { showProgress } from './progress.js';
import { FORMAT, readRun, storedBeside, storeRun, type StoredRun } from './results.js';

const options = parseCommandLine(process.argv.slice(2));
await runCommand(main);

async function main(): Promise<void> {
  const { workloads, rounds, against, beside, json, report, compare } = options;
  // Read before anything is measured, so that a wrong name costs no time.
  const stored = compare === undefined ? undefined : readRun(compare);
  if (json !== undefined) storedBeside(json, process.version);

  using toolchain = new Toolchain();
  using builds = await BuildPeers.make(beside);
  const { peers: others, missing } = findPeers(against, toolchain.folder);
  const peers = [...builds.peers, ...others];
  const machine = describeMachine(peers);
  console.log(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}; ${rounds} rounds by turns`);
  console.log(
    '± is half the distance of the extremes, (a–b) the extremes of a ratio, its 95 % interval from six rounds on',
  );
  for (const line of missing) console.log(line);
  for (const name of withheldVariables()) {
    console.log(`${name} is set, but reaches no measured process: their environment is clean`);
  }

  const interrupt = new AbortController();
  // Not once: a second signal without a listener would end the process before the table, the JSON and
  // the report of what was measured are written.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupt.abort());
  const progress = showProgress();
  const { results, failures } = await measure({
    workloads,
    peers,
    rounds,
    toolchain,
    signal: interrupt.signal,
    onRun: (done, total, what) => progress.update(done, total, what),
  }).finally(() => progress.stop());

  const { hakmem } = machine;
  const noted = results.map((result) => ({ ...result, hakmem }));
  const run: StoredRun = { format: FORMAT, machine, results: noted };
  console.log(`\n${renderTables(results)}`);
  if (stored !== undefined) console.log(`\n${renderComparison(stored, results)}`);
  if (json !== undefined && results.length > 0) storeRun(json, run);
  if (report !== undefined) writeFileSync(report, renderHtml([run]));
  for (const { workload, rounds, reason } of failures) {
    console.error(`error: hakmem failed at ${workload} after ${rounds} whole rounds: ${reason}`);
  }
  if (failures.length > 0) process.exitCode = FAILED;
  if (interrupt.signal.aborted) process.exitCode = 130;
}
