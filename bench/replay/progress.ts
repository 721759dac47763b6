import { MultiBar } from 'cli-progress';
import { SparseLines } from '../lib/sparse-lines.js';
import { formatCount } from '../lib/units.js';

/** Shows how far each trace is: bars on a terminal, otherwise a line now and then. */
export interface Progress {
  update(events: readonly number[]): void;
  stop(): void;
}

const LINE_EVERY_MS = 5000;

export interface ProgressTarget {
  readonly name: string;
  readonly total: number;
}

/** Progress on standard error, so that standard output holds the result alone. */
export function showProgress(targets: readonly ProgressTarget[]): Progress {
  return process.stderr.isTTY ? bars(targets) : lines(targets);
}

function bars(targets: readonly ProgressTarget[]): Progress {
  const width = Math.max(...targets.map(({ name }) => name.length));
  const multi = new MultiBar({
    format: '{trace} [{bar}] {percentage}% of {events} events, {duration} s',
    hideCursor: true,
    barsize: 30,
  });
  const all = targets.map(({ name, total }) =>
    multi.create(total, 0, { trace: name.padEnd(width), events: formatCount(total) }),
  );
  return {
    update: (events) => all.forEach((bar, trace) => bar.update(events[trace])),
    stop: () => multi.stop(),
  };
}

function lines(targets: readonly ProgressTarget[]): Progress {
  let latest: readonly number[] = targets.map(() => 0);
  const sparse = new SparseLines(LINE_EVERY_MS, () =>
    targets
      .map(({ name, total }, trace) => {
        const share = total === 0 ? 1 : latest[trace] / total;
        return `${name} ${(share * 100).toFixed(0)} %`;
      })
      .join(', '),
  );
  return {
    update: (events) => {
      latest = events;
      sparse.update();
    },
    stop: () => sparse.stop(),
  };
}
