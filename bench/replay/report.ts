import Table from 'cli-table3';
import { formatBytes, formatCount, formatRate } from '../lib/units.js';
import { type ReplayResult, type ThreadFigures } from './run.js';

/** The result as text: a table with a row per trace, then what was wrong. */
export function renderReport(result: ReplayResult): string {
  const { traces, helpers, heap } = result;
  const shared = traces.length > 1;
  const table = new Table({
    head: [
      'trace',
      'workers',
      'events',
      'events/s',
      'peak live',
      shared ? 'peak slab\nbytes\n(all traces)' : 'peak slab\nbytes',
      shared ? '÷ peak live\n(all traces)' : '÷ peak\nlive',
      'handed\nover',
      'remote\nfrees',
      'refills',
      'spills',
      'blocks\nleft',
    ],
    colAligns: ['left', ...Array<'right'>(11).fill('right')],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const rows = traces.length + (helpers === undefined ? 0 : 1);
  const heapCells = [
    { rowSpan: rows, vAlign: 'center' as const, content: formatBytes(heap.peakSlabBytesInUse) },
    {
      rowSpan: rows,
      vAlign: 'center' as const,
      content: `${heap.slabBytesPerLiveByte.toFixed(2)}${
        shared ? `\nof ${formatBytes(heap.peakLiveBytes)}` : ''
      }`,
    },
  ];
  traces.forEach((trace, index) => {
    table.push([
      trace.name,
      trace.workers,
      formatCount(trace.events),
      formatRate(trace.eventsPerSecond),
      formatBytes(trace.peakLiveBytes),
      ...(index === 0 ? heapCells : []),
      ...threadCells(trace),
      formatCount(trace.blocksLeft),
    ]);
  });
  if (helpers !== undefined) {
    table.push(['(only frees)', helpers.workers, '', '', '', ...threadCells(helpers), '']);
  }
  const lines = [
    table.toString(),
    ...(shared
      ? [
          'The traces share one heap, so slab bytes are those of all together; the peak live bytes',
          'that they are compared with are the highest sum over all traces at one moment.',
        ]
      : []),
    ...(traces.some(({ handedOver }) => handedOver > 0)
      ? [
          'Peak live is of this run, not the recorded one: a block that is handed over lives until the',
          'other worker has freed it.',
        ]
      : []),
    'Events/s include filling and checking every block, and the other traces on the same cores.',
    '',
    `heap: ${formatBytes(heap.capacityBytes)} after ${heap.growths} growths, ` +
      `${formatBytes(heap.slabBytesLeft)} of slabs in use at the end; ` +
      `${result.seconds.toFixed(1)} s in all`,
    result.ok
      ? 'verify: ok, every pattern was as it should be, no block left'
      : ['FAILED:', ...result.problems.map((problem) => `  ${problem}`)].join('\n'),
  ];
  return lines.join('\n');
}

function threadCells(figures: ThreadFigures): string[] {
  const { handedOver, remoteFrees, refills, spills } = figures;
  return [handedOver, remoteFrees, refills, spills].map(formatCount);
}
