/** `npm start`: replays recorded traces in one shared heap; `--help` says how. */
import { FAILED, UNUSABLE } from '../../scripts/command.mjs';
import { HakmemError } from '../../src/index.js';
import { TraceError } from '../lib/trace-error.js';
import { loadTrace, type NamedTrace } from '../lib/trace-files.js';
import { formatBytes } from '../lib/units.js';
import { parseCommandLine } from './options.js';
import { recordedThreads } from './plan.js';
import { showProgress } from './progress.js';
import { renderReport } from './report.js';
import { runReplay } from './run.js';

async function main(): Promise<number> {
  const options = parseCommandLine(process.argv.slice(2));
  const traces = options.trace.map(loadTrace);
  const workers = options.workers ?? Math.max(2, recordedThreads(traces));
  announce(traces, workers, options.handover, options.seed);

  const targets = traces.map(({ name, trace }) => ({ name, total: trace.events }));
  const progress = showProgress(targets);
  const result = await runReplay({
    traces,
    workers,
    handover: options.handover,
    seed: options.seed,
    heap: { initialBytes: options.heap, maximumBytes: options.max },
    onProgress: (events) => progress.update(events),
  }).finally(() => progress.stop());
  console.log(options.json ? JSON.stringify(result, undefined, 2) : renderReport(result));
  return result.ok ? 0 : FAILED;
}

function announce(
  traces: readonly NamedTrace[],
  workers: number,
  handover: number,
  seed: number,
): void {
  const what = traces
    .map(({ name, trace }) => `${name} (recorded peak ${formatBytes(trace.peakLiveBytes)})`)
    .join(', ');
  process.stderr.write(
    `Replaying ${what} on ${workers} worker${workers === 1 ? '' : 's'} in one heap; ` +
      `${(handover * 100).toFixed(0)} % of the frees handed over, seed ${seed}\n`,
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof TraceError || isOptionError(error)) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = UNUSABLE;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = FAILED;
  }
}

/** A size that the heap refuses, which only the command line can have brought. */
function isOptionError(error: unknown): error is HakmemError {
  return error instanceof HakmemError && error.code === 'ERR_INVALID_OPTION';
}
