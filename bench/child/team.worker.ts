/** One thread of a workload that has several. */
import { parentPort, workerData } from 'node:worker_threads';
import { openAllocator } from './allocators/index.js';
import { Courier } from './courier.js';
import { type Seat, work } from './team.js';

const { run, self, shared, ports, handle } = workerData as Seat;
using instance = await openAllocator(run.allocator, {
  bytes: run.bytes,
  threads: run.threads,
  handle,
  ...(run.prewarm === undefined ? {} : { prewarm: run.prewarm }),
});
const courier = new Courier(self, ports, shared.bells);
const sharing = handle !== undefined;
parentPort?.postMessage(work(run, { instance, self, sharing, shared, courier }));
courier.close();
