/** The charts of a report. */
import * as Plot from '@observablehq/plot';
import { max, median, min } from 'simple-statistics';
import { formatFigure } from '../output/format.js';
import type { Course, Result } from '../results.js';
import { SELF } from '../workloads/workload.js';
import { colorOf, draw } from './canvas.js';

/** Every contender's median, and a line from its lowest to its highest round; a facet a workload. */
export function bars(results: readonly Result[]): string {
  const data = results.flatMap(({ name, figures, unit }) =>
    Object.entries(figures).map(([contender, rounds]) => {
      const values = [...rounds];
      const scale = unit.startsWith('M ') ? 1e6 : 1;
      const [middle, low, high] = [median(values), min(values), max(values)];
      return {
        workload: name.replace(/^[^/]+\//, ''),
        contender,
        middle: middle / scale,
        low: low / scale,
        high: high / scale,
        label: formatFigure(middle, unit),
      };
    }),
  );
  const contenders = [...new Set(data.map(({ contender }) => contender))];
  const facets = new Set(data.map(({ workload }) => workload)).size;
  const y = { fy: 'workload', y: 'contender' };
  return draw(
    {
      height: 40 + facets * (contenders.length * 14 + 14),
      marginLeft: 120,
      marginRight: 50,
      x: { label: results[0].unit, grid: true, ticks: 5 },
      y: { axis: null, domain: contenders },
      fy: { label: null },
      marks: [
        Plot.barX(data, { ...y, x: 'middle', fill: 'contender' }),
        Plot.ruleY(data, { ...y, x1: 'low', x2: 'high', stroke: '#00000080' }),
        Plot.text(data, {
          ...y,
          x: 'high',
          text: 'label',
          textAnchor: 'start',
          dx: 3,
          fontSize: 10,
        }),
        Plot.ruleX([0]),
      ],
    },
    contenders,
  );
}

/** A row a workload, a dot a contender: its figure as a multiple of that of `base`. */
export function relative(
  results: readonly Result[],
  contenders: readonly string[],
  base: string,
): string {
  const data = results.flatMap(({ name, figures }) => {
    const others = contenders.filter((contender) => contender !== base && contender in figures);
    if (!(base in figures) || others.length === 0) return [];
    const one = median([...figures[base]]);
    return [base, ...others].map((contender) => ({
      name,
      contender,
      times: median([...figures[contender]]) / one,
    }));
  });
  const names = [...new Set(data.map(({ name }) => name))];
  return draw(
    {
      height: 60 + names.length * 18,
      marginLeft: 150,
      marginRight: 20,
      x: {
        type: 'log',
        label: `times the speed of ${base}`,
        grid: true,
        tickFormat: '~g',
        ticks: 5,
      },
      y: { label: null, domain: names, tickSize: 0, grid: true },
      marks: [
        Plot.ruleX([1], { stroke: colorOf(base), strokeWidth: 1.5 }),
        Plot.dot(data, {
          ...{ x: 'times', y: 'name', fill: 'contender', fillOpacity: 0.9 },
          r: ({ contender }: { contender: string }) => (contender === SELF ? 5.5 : 3.5),
        }),
      ],
      r: { type: 'identity' },
    },
    contenders.filter((contender) => data.some((dot) => dot.contender === contender)),
  );
}

/** Nanoseconds per operation of each contender as something grows from workload to workload. */
export function growth(
  results: readonly Result[],
  label: string,
  sizeOf: (result: Result) => number,
): string {
  const data = results.flatMap((result) =>
    Object.entries(result.figures).map(([contender, rounds]) => ({
      contender,
      size: sizeOf(result),
      ns: 1e9 / median([...rounds]),
    })),
  );
  const contenders = [...new Set(data.map(({ contender }) => contender))];
  return draw(
    {
      height: 260,
      marginLeft: 50,
      x: { type: 'log', base: 2, label, tickFormat: binary, ticks: 6, grid: true },
      y: { type: 'log', label: null, tickFormat: '~g', ticks: 5, grid: true },
      marks: [
        Plot.line(data, { x: 'size', y: 'ns', stroke: 'contender', strokeWidth: 2 }),
        Plot.dot(data, { x: 'size', y: 'ns', fill: 'contender', r: 3 }),
      ],
    },
    contenders,
  );
}

/** 65536 as 64 K. */
function binary(value: number): string {
  for (const [power, sign] of [
    [30, ' G'],
    [20, ' M'],
    [10, ' K'],
  ] as const) {
    if (value >= 2 ** power) return `${(value / 2 ** power).toFixed(0)}${sign}`;
  }
  return value.toFixed(0);
}

/** MiB that a replayed trace has live, and that each contender holds for it, from its start to its end. */
export function memory(courses: Readonly<Record<string, Course>>): string {
  const lines: [string, readonly number[]][] = Object.entries(courses).map(([name, { used }]) => [
    name,
    used,
  ]);
  const { live } = courses[SELF] ?? {};
  if (live !== undefined) lines.unshift(['live', live]);
  const data = lines.flatMap(([contender, bytes]) =>
    bytes.map((value, sample) => ({
      contender,
      share: ((sample + 1) / bytes.length) * 100,
      mebibytes: value / 2 ** 20,
    })),
  );
  return draw(
    {
      height: 240,
      marginLeft: 50,
      x: { label: 'events replayed, %', grid: true },
      y: { label: null, zero: true, grid: true },
      marks: [
        Plot.line(data, { x: 'share', y: 'mebibytes', stroke: 'contender', strokeWidth: 1.6 }),
      ],
    },
    lines.map(([name]) => name),
  );
}
