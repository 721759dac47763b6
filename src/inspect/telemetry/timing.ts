/** The table of times: where malloc and free spend theirs. */
import { PART_COUNT, TIMING_CALLS, TIMING_TIME } from '../../base/telemetry/cells.js';
import type { TimedPart } from './types.js';

/** In the order of the `PART_` numbers. */
const PART_NAMES = [
  'malloc: fast path',
  'malloc: spill queue',
  'malloc: drain remote frees',
  'malloc: own slabs',
  'malloc: adopt an orphan',
  'malloc: fresh slab',
  'malloc: growth',
  'malloc: collect',
  'malloc: run of slabs',
  'free: fast path',
  'free: slow route',
  'free: spill',
  'free: give back',
  'free: run of slabs',
] as const;

export function readTiming(sums: Float64Array): { parts: TimedPart[]; table: string } {
  const times = sums.subarray(TIMING_TIME, TIMING_TIME + PART_COUNT);
  const whole = times.reduce((sum, time) => sum + time, 0);
  const parts: TimedPart[] = [];
  PART_NAMES.forEach((part, index) => {
    const calls = sums[TIMING_CALLS + index];
    const nanoseconds = times[index];
    if (calls === 0) return;
    const meanNanoseconds = nanoseconds / calls;
    const share = whole > 0 ? nanoseconds / whole : 0;
    parts.push({ part, calls, nanoseconds, meanNanoseconds, share });
  });
  return { parts, table: tableOf(parts) };
}

function tableOf(parts: readonly TimedPart[]): string {
  const rows = parts.map(({ part, calls, nanoseconds, meanNanoseconds, share }) => [
    part,
    String(calls),
    `${meanNanoseconds.toFixed(0)} ns`,
    `${(nanoseconds / 1e6).toFixed(3)} ms`,
    `${(share * 100).toFixed(1)} %`,
  ]);
  const all = [['part', 'calls', 'mean', 'total', 'share'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}
