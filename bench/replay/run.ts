/** Replays traces at the same time in one shared heap, and says what came of it. */
import { Piscina } from 'piscina';
import { Heap, type HeapOptions, type HeapStats } from '../../src/index.js';
import { type NamedTrace } from '../lib/trace-files.js';
import { Board, STOPPED_MESSAGE } from './board.js';
import { makePlan, type Plan, type PlanOptions } from './plan.js';
import { type ReplayTask, type WorkerReport } from './replay.worker.js';

export interface ReplayOptions extends PlanOptions {
  readonly traces: readonly NamedTrace[];
  readonly heap: HeapOptions;
  /** Called now and then with the events done so far, per trace. */
  readonly onProgress?: (events: readonly number[]) => void;
}

/** What threads did, by their own statistics. */
export interface ThreadFigures {
  readonly workers: number;
  readonly handedOver: number;
  readonly received: number;
  readonly remoteFrees: number;
  readonly refills: number;
  readonly spills: number;
}

export interface TraceResult extends ThreadFigures {
  readonly name: string;
  readonly events: number;
  readonly recordedThreads: number;
  /** From the first worker's start to the last one's last event. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Requested sizes; blocks that are handed over live until the other worker has freed them. */
  readonly peakLiveBytes: number;
  readonly blocksLeft: number;
}

/** The heap as a whole, which all traces share. */
export interface HeapResult {
  readonly peakLiveBytes: number;
  readonly peakSlabBytesInUse: number;
  readonly slabBytesPerLiveByte: number;
  readonly slabBytesLeft: number;
  readonly capacityBytes: number;
  readonly growths: number;
  readonly blocksLeft: number;
}

export interface ReplayResult {
  /** Nothing was wrong. */
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly traces: readonly TraceResult[];
  /** Workers that replayed nothing themselves; undefined when there were none. */
  readonly helpers: ThreadFigures | undefined;
  readonly heap: HeapResult;
  readonly seconds: number;
}

const PROGRESS_MS = 100;
/** A run in which no event is replayed for so long will not end by itself. */
const STALL_MS = 60_000;
const PROBLEMS_SHOWN = 10;

export async function runReplay(options: ReplayOptions): Promise<ReplayResult> {
  const plan = makePlan(options.traces, options);
  const board = new Board(plan.board);
  using heap = Heap.create({ ...options.heap, maxThreads: plan.workers.length + 1 });
  const problems: string[] = [];
  const started = performance.now();
  const reports = await runWorkers(heap, plan, board, problems, options.onProgress);
  const seconds = (performance.now() - started) / 1000;

  heap.flush();
  const allWorkersEnded = problems.length === 0;
  problems.push(...findDamage(heap));
  const stats = heap.stats();
  const traces = plan.traces.map((_, trace) => traceResult(plan, board, reports, trace));
  if (allWorkersEnded) problems.push(...findLeftovers(heap, traces));
  return {
    ok: problems.length === 0,
    problems,
    traces,
    helpers: plan.workers.some(({ trace }) => trace === undefined)
      ? threadFigures(plan, reports, undefined)
      : undefined,
    heap: heapResult(stats, board.heapPeakBytes),
    seconds,
  };
}

/** Runs one task per worker; what fails becomes a problem, and stops the others. */
async function runWorkers(
  heap: Heap,
  plan: Plan,
  board: Board,
  problems: string[],
  onProgress: ReplayOptions['onProgress'],
): Promise<(WorkerReport | undefined)[]> {
  const count = plan.workers.length;
  await using pool = new Piscina<ReplayTask, WorkerReport>({
    filename: new URL('replay.worker.js', import.meta.url).href,
    minThreads: count,
    maxThreads: count,
    concurrentTasksPerWorker: 1,
  });
  const watch = setInterval(
    watchProgress(plan, board, problems, onProgress ?? (() => undefined)),
    PROGRESS_MS,
  );
  const settled = await Promise.allSettled(
    plan.workers.map((_, worker) =>
      pool.run({ handle: heap.handle, plan, worker }).catch((error: unknown) => {
        board.stop();
        const message = error instanceof Error ? error.message : String(error);
        if (message !== STOPPED_MESSAGE) problems.push(`worker ${worker}: ${message}`);
        throw error;
      }),
    ),
  );
  clearInterval(watch);
  onProgress?.(eventsPerTrace(plan, board));
  return settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined));
}

function watchProgress(
  plan: Plan,
  board: Board,
  problems: string[],
  onProgress: (events: readonly number[]) => void,
): () => void {
  let seen = -1;
  let changedAt = performance.now();
  return () => {
    const events = eventsPerTrace(plan, board);
    onProgress(events);
    const sum = events.reduce((total, count) => total + count, 0);
    const time = performance.now();
    if (sum !== seen) {
      seen = sum;
      changedAt = time;
    } else if (time - changedAt > STALL_MS && board.anyLaneActive) {
      changedAt = Infinity;
      problems.push(`no event was replayed for ${STALL_MS / 1000} s, at event ${sum}`);
      board.stop();
    }
  };
}

function eventsPerTrace(plan: Plan, board: Board): number[] {
  const events = plan.traces.map(() => 0);
  plan.lanes.forEach(({ trace }, lane) => (events[trace] += board.eventsOf(lane)));
  return events;
}

/** What verify() says once only this thread is left in the heap. */
function findDamage(heap: Heap): string[] {
  const { ok, problems } = heap.verify();
  const found = problems.slice(0, PROBLEMS_SHOWN).map((problem) => `verify: ${problem}`);
  if (problems.length > PROBLEMS_SHOWN) {
    found.push(`verify: ${problems.length - PROBLEMS_SHOWN} more problems`);
  }
  if (!ok && problems.length === 0) found.push('verify: not ok, without saying why');
  return found;
}

/** Blocks that are in use though every one was freed, by the replay's books and by the heap's. */
function findLeftovers(heap: Heap, traces: readonly TraceResult[]): string[] {
  const found = traces
    .filter(({ blocksLeft }) => blocksLeft !== 0)
    .map(({ name, blocksLeft }) => `${name}: ${blocksLeft} blocks were never freed`);
  const left = [...heap.blocks()];
  if (left.length > 0) {
    const shown = left.slice(0, PROBLEMS_SHOWN).map(({ ptr, size }) => `${size} bytes at ${ptr}`);
    const more = left.length > PROBLEMS_SHOWN ? ', …' : '';
    found.push(`${left.length} blocks are still in use: ${shown.join(', ')}${more}`);
  }
  return found;
}

function traceResult(
  plan: Plan,
  board: Board,
  reports: readonly (WorkerReport | undefined)[],
  trace: number,
): TraceResult {
  const { name, events, threads } = plan.traces[trace];
  const own = reports.filter((report, worker) => report && plan.workers[worker].trace === trace);
  const startedAt = Math.min(...own.map((report) => report?.startedAt ?? 0));
  const endedAt = Math.max(...own.map((report) => report?.endedAt ?? 0));
  const seconds = own.length === 0 ? 0 : (endedAt - startedAt) / 1000;
  return {
    name,
    events,
    recordedThreads: threads,
    seconds,
    eventsPerSecond: seconds > 0 ? events / seconds : 0,
    peakLiveBytes: board.peakBytes(trace),
    blocksLeft: board.liveBlocks(trace),
    ...threadFigures(plan, reports, trace),
  };
}

function threadFigures(
  plan: Plan,
  reports: readonly (WorkerReport | undefined)[],
  trace: number | undefined,
): ThreadFigures {
  const own = reports.filter((_, worker) => plan.workers[worker].trace === trace);
  const sum = (pick: (report: WorkerReport) => number) =>
    own.reduce((total, report) => total + (report === undefined ? 0 : pick(report)), 0);
  return {
    workers: own.length,
    handedOver: sum((report) => report.handedOver),
    received: sum((report) => report.received),
    remoteFrees: sum((report) => report.remoteFrees),
    refills: sum((report) => report.refills),
    spills: sum((report) => report.spills),
  };
}

function heapResult(stats: HeapStats, peakLiveBytes: number): HeapResult {
  return {
    peakLiveBytes,
    peakSlabBytesInUse: stats.peakSlabBytesInUse,
    slabBytesPerLiveByte: peakLiveBytes === 0 ? 0 : stats.peakSlabBytesInUse / peakLiveBytes,
    slabBytesLeft: stats.slabBytesInUse,
    capacityBytes: stats.capacityBytes,
    growths: stats.growths,
    blocksLeft: stats.liveBlocks,
  };
}
