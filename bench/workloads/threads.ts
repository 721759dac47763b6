/** What threads cost, and calls that have no workload of their own. */
import { GIB, KIB, type Workload } from './workload.js';

/** Figures whose unit is a share of another, unlike those that they are made of. */
export const SHARES: readonly string[] = [
  'first attach ÷ worker start',
  'attach and detach ÷ worker start and end',
];
export const [ATTACH_SHARE, LIFE_SHARE] = SHARES;

export function threadCosts(): Workload[] {
  const alone = { threads: 1, parameters: {} };
  return [
    {
      ...alone,
      name: 'thread-life/16-1024',
      group:
        'thread-life: attach, 1000 operations, detach, again and again (C: start and end of the thread too)',
      unit: 'lives/s',
      child: {
        workload: 'thread-life',
        parameters: { lo: 16, hi: 1024, operations: 1000, warmup: 5000, turns: 20_000 },
      },
      twin: { program: 'thread-life', args: [1, 1000, 5000, 16, 1024, 1000] },
    },
    {
      ...alone,
      name: 'attach/time',
      group: 'attach: a thread attaches and detaches, beside the start and end of its worker',
      unit: 'ms',
      child: { workload: 'attach-time', parameters: { threads: 20 } },
      targets: [{ atMost: 1 / 100 }],
    },
    {
      ...alone,
      name: 'memory/attach',
      group: 'resident memory: growth of the process',
      unit: 'bytes',
      child: { workload: 'attach-memory', parameters: { threads: 8 } },
      targets: [{ atMost: 256 * KIB }],
    },
    {
      ...alone,
      name: 'memory/empty-1GiB-heap',
      group: 'resident memory: growth of the process',
      unit: 'bytes',
      child: { workload: 'empty-heap-memory', parameters: { bytes: GIB } },
      targets: [{ atMost: 4096 * KIB }],
    },
    {
      ...alone,
      name: 'calls',
      group: 'single calls, median',
      unit: 'ns',
      child: { workload: 'single-calls', parameters: { milliseconds: 200 } },
    },
  ];
}
