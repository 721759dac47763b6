/**
 * Runs a program: in this thread where it has one, otherwise in a worker for each of its threads.
 * The time counts from the moment when all have warmed up until the last has done its turns.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type AllocatorChoice, openAllocator } from './allocators/index.js';
import { BARRIER_CELLS, meet } from './barrier.js';
import { Courier } from './courier.js';
import { programOf } from './programs/index.js';

/** One run of a workload, as the parent process asks for it. */
export interface Run {
  readonly program: string;
  readonly parameters: object;
  readonly allocator: AllocatorChoice;
  readonly threads: number;
  readonly warmup: number;
  /** Of each thread. */
  readonly turns: number;
  /** Room that the allocator has from the start. */
  readonly bytes: number;
  readonly prewarm?: number;
}

export interface Shared {
  readonly barrier: Int32Array;
  readonly bells: Int32Array;
  readonly cells: Int32Array<SharedArrayBuffer>;
}

/** What a worker is given. */
export interface Seat {
  readonly run: Run;
  readonly self: number;
  readonly shared: Shared;
  readonly ports: ReadonlyMap<number, MessagePort>;
  readonly handle: unknown;
}

/** What it answers. Times in milliseconds since the epoch. */
export interface Report {
  readonly start: number;
  readonly end: number;
  readonly operations: number;
  readonly checksum: number;
}

/** Operations of all threads per second, and a checksum over all of them. */
export interface Outcome {
  readonly figure: number;
  readonly checksum: number;
}

export async function runTeam(run: Run): Promise<Outcome> {
  const { threads, allocator, bytes, prewarm } = run;
  const cells = programOf(run.program).cells?.(run.parameters as never, threads) ?? 0;
  const shared: Shared = {
    barrier: newCells(BARRIER_CELLS),
    bells: newCells(threads),
    cells: newCells(cells),
  };
  using first = await openAllocator(allocator, {
    bytes,
    threads,
    ...(prewarm === undefined ? {} : { prewarm }),
  });
  let reports: Report[];
  if (threads === 1) {
    const courier = new Courier(0, new Map(), shared.bells);
    const sharing = first.handle !== undefined;
    reports = [work(run, { instance: first, self: 0, sharing, shared, courier })];
  } else {
    const ports = connect(threads);
    const seats = ports.map((own, self): Seat => {
      return { run, self, shared, ports: own, handle: first.handle };
    });
    reports = await Promise.all(seats.map(inWorker));
  }
  first.check();
  const start = Math.min(...reports.map((report) => report.start));
  const end = Math.max(...reports.map((report) => report.end));
  return {
    figure: (reports.reduce((sum, { operations }) => sum + operations, 0) * 1000) / (end - start),
    checksum: reports.reduce((sum, report) => (sum + report.checksum) >>> 0, 0),
  };
}

/** The part of one thread. */
export function work(
  { program, parameters, threads, warmup, turns }: Run,
  place: {
    instance: Awaited<ReturnType<typeof openAllocator>>;
    self: number;
    sharing: boolean;
    shared: Shared;
    courier: Courier;
  },
): Report {
  const { instance, self, sharing, shared, courier } = place;
  const meetAll = () => meet(shared.barrier, threads);
  const thread = { instance, self, threads, sharing, shared: shared.cells, courier, meet: meetAll };
  const job = programOf(program).start(thread, parameters as never);
  if (warmup > 0) job.run(warmup);
  meetAll();
  const start = performance.timeOrigin + performance.now();
  const operations = job.run(turns);
  const end = performance.timeOrigin + performance.now();
  meetAll();
  return { start, end, operations, checksum: job.finish() };
}

function newCells(count: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

/** A channel between each two threads; per thread, its ends by the thread at the other end. */
function connect(threads: number): Map<number, MessagePort>[] {
  const ends = Array.from({ length: threads }, () => new Map<number, MessagePort>());
  for (let low = 0; low < threads; low++) {
    for (let high = low + 1; high < threads; high++) {
      const { port1, port2 } = new MessageChannel();
      ends[low].set(high, port1);
      ends[high].set(low, port2);
    }
  }
  return ends;
}

function inWorker(seat: Seat): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('team.worker.js', import.meta.url), {
      workerData: seat,
      transferList: [...seat.ports.values()],
    });
    let report: Report | undefined;
    worker.once('message', (message: Report) => (report = message));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (report === undefined) reject(new Error(`a thread ended early, with code ${code}`));
      else resolve(report);
    });
  });
}
