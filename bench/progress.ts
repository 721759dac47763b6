/** Progress on standard error, with the time that is left: a bar, or a line now and then. */
import { SingleBar } from 'cli-progress';
import { SparseLines } from './lib/sparse-lines.js';

export interface Progress {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

export function showProgress(): Progress {
  const left = new TimeLeft();
  if (process.stderr.isTTY) {
    const format = '[{bar}] {value}/{total} runs, {left} left, {what}';
    const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true });
    let started = false;
    return {
      update: (done, total, what) => {
        const payload = { what, left: left.after(done, total) };
        if (!started) bar.start(total, done, payload);
        else bar.update(done, payload);
        started = true;
      },
      stop: () => bar.stop(),
    };
  }
  let latest = '';
  const lines = new SparseLines(10_000, () => latest);
  return {
    update: (done, total, what) => {
      latest = `${done} of ${total} runs, ${left.after(done, total)} left ${what}`;
      lines.update();
    },
    stop: () => lines.stop(),
  };
}

/** From the mean time of a run until then. */
class TimeLeft {
  readonly #start = performance.now();

  after(done: number, total: number): string {
    if (done === 0) return '?';
    const seconds = ((performance.now() - this.#start) / done / 1000) * (total - done);
    if (seconds < 60) return `${Math.ceil(seconds)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.ceil(seconds % 60)} s`;
  }
}
