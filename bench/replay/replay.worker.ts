/** One worker of a replay, as a piscina task: its lanes, then the mail of those still busy. */
import { Heap, type HeapHandle } from '../../src/index.js';
import { AuditedHeap } from './audited-heap.js';
import { Board } from './board.js';
import { Handover } from './handover.js';
import { Lane } from './lane.js';
import { type Plan } from './plan.js';

export interface ReplayTask {
  readonly handle: HeapHandle;
  readonly plan: Plan;
  /** Index into `plan.workers`. */
  readonly worker: number;
}

export interface WorkerReport {
  readonly threadId: number;
  readonly handedOver: number;
  readonly received: number;
  readonly remoteFrees: number;
  readonly refills: number;
  readonly spills: number;
  /** Milliseconds since the epoch, between which this worker replayed events. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Events between two looks into the mailbox. */
const STRIDE = 256;
/** Waits end after this long at the latest, to look whether mail has come or the run is over. */
const NAP_MS = 2;

export default function replay({ handle, plan, worker }: ReplayTask): WorkerReport {
  const board = new Board(plan.board);
  try {
    using heap = Heap.attach(handle);
    board.arrive(plan.workers.length);
    return work(heap, plan, worker, board);
  } catch (error) {
    board.stop();
    throw error;
  }
}

function work(heap: Heap, plan: Plan, worker: number, board: Board): WorkerReport {
  const audited = new AuditedHeap(heap, plan.traces, board);
  const handover = new Handover(plan, worker, audited, board);
  const startedAt = now();
  const endedAt = replayLanes(plan, worker, audited, handover, board);
  serveTheOthers(handover, board);
  heap.flush();
  const own = heap.stats().threads.find(({ threadId }) => threadId === heap.threadId);
  if (own === undefined) throw new Error(`stats() does not list thread ${heap.threadId}`);
  const { threadId, remoteFrees, refills, spills } = own;
  const { handedOver, received } = handover;
  return { threadId, handedOver, received, remoteFrees, refills, spills, startedAt, endedAt };
}

/** Takes the worker's lanes forward in turn until all have ended; returns when that was. */
function replayLanes(
  plan: Plan,
  worker: number,
  heap: AuditedHeap,
  handover: Handover,
  board: Board,
): number {
  const running = plan.workers[worker].lanes.map((index) => {
    const planned = plan.lanes[index];
    const lane = new Lane(plan.traces[planned.trace], planned, heap, handover);
    return { index, trace: planned.trace, lane };
  });
  let endedAt = now();
  while (running.length > 0) {
    board.throwIfStopped();
    let moved = handover.serve();
    for (let i = running.length - 1; i >= 0; i--) {
      const { index, trace, lane } = running[i];
      moved += lane.run(STRIDE);
      board.report(index, lane.position);
      if (!lane.done) continue;
      running.splice(i, 1);
      endedAt = now();
      if (board.isLastLane(trace)) lane.freeLeftovers();
      board.laneDone();
      moved++;
    }
    if (moved === 0) running[0].lane.awaitTurn(NAP_MS);
  }
  return endedAt;
}

/** Frees what still arrives; a lane that is done has sent all it will send. */
function serveTheOthers(handover: Handover, board: Board): void {
  while (board.anyLaneActive) {
    board.throwIfStopped();
    if (handover.serve() === 0) handover.sleep(NAP_MS);
  }
  handover.serve();
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
