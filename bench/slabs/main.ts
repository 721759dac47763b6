/** `npm run bench:slabs`: what other layouts of slabs would need; `--help` says how. */
import { CommandError, runCommand } from '../lib/command-error.js';
import { TraceError } from '../lib/trace-error.js';
import { loadTrace, type NamedTrace } from '../lib/trace-files.js';
import { parseCommandLine } from './options.js';
import { renderFootprints } from './report.js';
import { footprintOf } from './simulate.js';

const { layouts, traces: names } = parseCommandLine(process.argv.slice(2));

await runCommand(() => {
  const traces = names.map(load);
  const simulated = layouts.map((layout) => ({
    layout,
    footprints: traces.map(({ trace }) => footprintOf(trace, layout)),
  }));
  console.log(renderFootprints(traces, simulated));
});

function load(name: string): NamedTrace {
  try {
    return loadTrace(name);
  } catch (error) {
    if (error instanceof TraceError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
