/** What layouts of slabs would need for traces, as two tables. */
import { geometricMean } from 'simple-statistics';
import { formatBytes } from '../lib/units.js';
import type { NamedTrace } from '../lib/trace-files.js';
import { newTable } from '../output/tables.js';
import type { Layout } from './layouts.js';
import type { Footprint } from './simulate.js';

export interface Simulated {
  readonly layout: Layout;
  /** One for each trace. */
  readonly footprints: readonly Footprint[];
}

export function renderFootprints(
  traces: readonly NamedTrace[],
  simulated: readonly Simulated[],
): string {
  const names = traces.map(
    ({ name, trace }) => `${name}\n${formatBytes(trace.peakLiveBytes)} live`,
  );
  const ratios = newTable(['slab bytes per live byte', ...names, 'geometric\nmean']);
  const counts = newTable(['slabs at the peak', ...traces.map(({ name }) => name)]);
  for (const { layout, footprints } of simulated) {
    const values = footprints.map(({ peakBytes }, i) => peakBytes / traces[i].trace.peakLiveBytes);
    ratios.push([layout.about, ...[...values, geometricMean(values)].map((v) => v.toFixed(2))]);
    counts.push([
      layout.about,
      ...footprints.map(({ slabs, sparseSlabs }) => `${slabs}, ${sparseSlabs} sparse`),
    ]);
  }
  return [
    ratios.toString(),
    counts.toString(),
    'sparse: of classes whose blocks in use would not fill one slab',
  ].join('\n');
}
