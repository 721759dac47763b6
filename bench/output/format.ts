/** Figures as people read them. */
import { type Ratio, summarize } from '../lib/statistics.js';
import { formatBytes, formatCount } from '../lib/units.js';
import type { Target, Unit } from '../workloads/workload.js';

export function formatFigure(value: number, unit: Unit | 'share'): string {
  if (unit === 'share') return `1/${(1 / value).toFixed(0)}`;
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'lives/s') return formatCount(value);
  if (unit.startsWith('M ')) {
    const millions = value / 1e6;
    return millions.toFixed(millions >= 100 ? 0 : millions >= 1 ? 1 : millions >= 0.01 ? 3 : 5);
  }
  return value.toFixed(unit === 'ms' ? 3 : unit === 'ns' ? 1 : 2);
}

export function formatSummary(values: readonly number[], unit: Unit | 'share'): string {
  const { median, spread } = summarize(values);
  return `${formatFigure(median, unit)} ±${(spread * 100).toFixed(0)} %`;
}

export function formatRatio({ median, low, high }: Ratio): string {
  const digits = median >= 20 ? 0 : median >= 0.1 ? 2 : 3;
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** A target and whether `value` meets it. */
export function formatTarget(
  target: Target,
  unit: Unit | 'share',
  value: number | undefined,
): string {
  const { against, atLeast, atMost } = target;
  const bound = atLeast ?? atMost ?? 0;
  const shown = against === undefined ? formatFigure(bound, unit) : `${bound} × ${against}`;
  const met = atLeast === undefined ? (value ?? 0) <= bound : (value ?? 0) >= bound;
  const verdict = value === undefined ? 'not measured' : met ? 'met' : 'missed';
  return `${atLeast === undefined ? '≤' : '≥'} ${shown} ${verdict}`;
}
