/** `npm run bench`: measures hakmem against C allocators; `--help` says how. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { SingleBar } from 'cli-progress';
import { ratioOf, summarize } from './lib/statistics.js';
import { SparseLines } from './lib/sparse-lines.js';
import { measure, type Measured, SELF } from './measure.js';
import { findPeers, Toolchain } from './native/toolchain.js';
import { parseCommandLine } from './options.js';
import { comparedFigures, renderTables } from './report.js';

const { workloads, rounds, json, against } = parseCommandLine(process.argv.slice(2));
const { peers, missing } = findPeers(against);
const machine = `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}`;
console.log(`${machine}; ${rounds} rounds by turns`);
console.log('± is half the distance of the extremes, (a–b) the 95 % interval of a ratio');
for (const line of missing) console.log(line);

const progress = showProgress();
using toolchain = new Toolchain();
const measured = await measure({
  workloads,
  peers,
  rounds,
  toolchain,
  onRun: (done, total, what) => progress.update(done, total, what),
}).finally(() => progress.stop());
console.log(`\n${renderTables(measured)}`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(asJson(measured), undefined, 2)}\n`);

function showProgress(): {
  update(done: number, total: number, what: string): void;
  stop(): void;
} {
  if (process.stderr.isTTY) {
    const format = '[{bar}] {value}/{total} runs, {what}';
    const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true });
    let started = false;
    return {
      update: (done, total, what) => {
        if (!started) bar.start(total, done, { what });
        else bar.update(done, { what });
        started = true;
      },
      stop: () => bar.stop(),
    };
  }
  let latest = '';
  const lines = new SparseLines(10_000, () => latest);
  return {
    update: (done, total, what) => {
      latest = `${done} of ${total} runs ${what}`;
      lines.update();
    },
    stop: () => lines.stop(),
  };
}

function asJson(results: readonly Measured[]): object {
  return {
    machine,
    rounds,
    workloads: results.map((result) => {
      const { workload, rounds: figures } = result;
      const peerNames = workload.twin === undefined ? [] : peers.map(({ name }) => name);
      const ours = workload.twin === undefined ? [] : comparedFigures(result, SELF);
      return {
        name: workload.name,
        unit: workload.unit,
        ...(ours.length === 0 ? {} : { hakmem: summarize(ours) }),
        ratios: Object.fromEntries(
          peerNames.map((name) => [name, ratioOf(ours, comparedFigures(result, name))]),
        ),
        figures: Object.fromEntries(figures),
      };
    }),
  };
}
