/** One workload in a process of its own: `child.js WORKLOAD`, asked for rounds by its parent. */
import { type ReadyAnswer, type Request, type RoundAnswer, type StatsAnswer } from '../protocol.js';
import { isWorkload, WORKLOADS } from './index.js';
import { type Workload } from './workload.js';

const name = process.argv[2] ?? '';
if (!isWorkload(name)) throw new Error(`no workload '${name}'`);
const workload: Workload = WORKLOADS[name].start();

const time = () => workload.busy?.() ?? performance.now();

function round(steps: number): RoundAnswer {
  const start = time();
  for (let step = 0; step < steps; step++) workload.step();
  return { steps, milliseconds: time() - start };
}

function calibrate(limit: number): RoundAnswer {
  const start = performance.now();
  let steps = 0;
  while (performance.now() - start < limit) {
    workload.step();
    steps++;
  }
  return { steps, milliseconds: performance.now() - start };
}

function answer(message: RoundAnswer | StatsAnswer | ReadyAnswer): void {
  process.send?.(message);
}

process.on('message', (request: Request) => {
  switch (request.ask) {
    case 'calibrate':
      answer(calibrate(request.milliseconds));
      break;
    case 'round':
      answer(round(request.steps));
      break;
    case 'stats':
      answer({ stats: workload.heap.stats() });
      break;
    case 'end':
      void Promise.resolve(workload.close?.()).then(() => {
        process.disconnect();
      });
      break;
  }
});
answer({ operations: workload.operations });
