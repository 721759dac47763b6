/**
 * What all workers of a run share: the decoded traces, the table of their blocks, who replays what.
 * A plan is plain data and shared buffers, so it goes to every worker as it stands.
 *
 * Recorded threads become lanes. The lanes of one trace keep the recorded order wherever a slot
 * passes from one to another, and nowhere else: each such passing has a number, its turn, and the
 * later lane waits until the slot's turn has come.
 */
import { FREE } from '../lib/trace-op.js';
import { type NamedTrace } from '../lib/trace-files.js';
import { Board, type BoardBuffers } from './board.js';
import { Mailbox } from './mailbox.js';

/** Bits of an operation, above its code. */
export const OPERATION = 3;
/** The slot's last event belongs to another lane: wait for the turn. */
export const TAKES_TURN = 4;
/** The slot's next event belongs to another lane: pass the turn on. */
export const PASSES_TURN = 8;

const LETTERS = 1024;

export interface PlannedTrace {
  readonly name: string;
  readonly threads: number;
  readonly events: number;
  /** Block names of this trace are `firstName + event`. */
  readonly firstName: number;
  readonly op: Uint8Array<SharedArrayBuffer>;
  readonly slot: Uint32Array<SharedArrayBuffer>;
  readonly size: Uint32Array<SharedArrayBuffer>;
  /** Per event: how often the slot has passed between lanes before. */
  readonly turn: Int32Array<SharedArrayBuffer>;
  /** Per slot: how often it has passed between lanes so far; the only atomic cells here. */
  readonly slotTurn: Int32Array<SharedArrayBuffer>;
  /** Per slot: the block's address (0: none), requested size and name. */
  readonly blockPtr: Uint32Array<SharedArrayBuffer>;
  readonly blockSize: Uint32Array<SharedArrayBuffer>;
  readonly blockName: Uint32Array<SharedArrayBuffer>;
}

/** One recorded thread: the numbers of its events, in order. */
export interface PlannedLane {
  readonly trace: number;
  readonly thread: number;
  readonly events: Uint32Array<SharedArrayBuffer>;
}

/** One worker: lanes of a single trace, or none, then it only frees what others hand to it. */
export interface PlannedWorker {
  readonly trace: number | undefined;
  readonly lanes: readonly number[];
  readonly mailbox: SharedArrayBuffer;
}

export interface Plan {
  readonly traces: readonly PlannedTrace[];
  readonly lanes: readonly PlannedLane[];
  readonly workers: readonly PlannedWorker[];
  readonly board: BoardBuffers;
  readonly handover: number;
  readonly seed: number;
}

export interface PlanOptions {
  /** At least one per trace. */
  readonly workers: number;
  /** Share of the frees that another worker does. */
  readonly handover: number;
  readonly seed: number;
}

/** How many threads the traces were recorded with, which is how many workers they get by default. */
export function recordedThreads(traces: readonly NamedTrace[]): number {
  return traces.reduce((sum, { trace }) => sum + Math.max(1, trace.threads), 0);
}

export function makePlan(loaded: readonly NamedTrace[], options: PlanOptions): Plan {
  let firstName = 0;
  const traces = loaded.map((named) => {
    const planned = planTrace(named, firstName);
    firstName += planned.events;
    return planned;
  });
  const lanes = loaded.flatMap(({ trace: { thread, threads } }, trace) =>
    splitByThread(thread, Math.max(1, threads)).map((events, index) => ({
      trace,
      thread: index,
      events,
    })),
  );
  const lanesOfTrace = traces.map(
    (_, trace) => lanes.filter((lane) => lane.trace === trace).length,
  );
  const workers = spreadLanes(lanes, lanesOfTrace, options.workers).map((assigned) => ({
    ...assigned,
    mailbox: Mailbox.create(LETTERS),
  }));
  const board = Board.create(traces.length, lanesOfTrace);
  return { traces, lanes, workers, board, handover: options.handover, seed: options.seed };
}

function planTrace({ name, trace }: NamedTrace, firstName: number): PlannedTrace {
  const { events, threads, slots } = trace;
  const words = (count: number) => new SharedArrayBuffer(count * 4);
  const planned: PlannedTrace = {
    name,
    threads,
    events,
    firstName,
    op: new Uint8Array(new SharedArrayBuffer(events)),
    slot: new Uint32Array(words(events)),
    size: new Uint32Array(words(events)),
    turn: new Int32Array(words(events)),
    slotTurn: new Int32Array(words(slots)),
    blockPtr: new Uint32Array(words(slots)),
    blockSize: new Uint32Array(words(slots)),
    blockName: new Uint32Array(words(slots)),
  };
  planned.op.set(trace.op);
  planned.slot.set(trace.slot);
  planned.size.set(trace.size);

  const lastEvent = new Int32Array(slots).fill(-1);
  for (let event = 0; event < events; event++) {
    const slot = trace.slot[event];
    const last = lastEvent[slot];
    lastEvent[slot] = event;
    if (last === -1) continue;
    const passes = trace.thread[last] !== trace.thread[event];
    planned.turn[event] = planned.turn[last] + (passes ? 1 : 0);
    if (!passes) continue;
    planned.op[last] |= PASSES_TURN;
    planned.op[event] |= TAKES_TURN;
  }
  return planned;
}

function splitByThread(thread: Uint16Array, threads: number): Uint32Array<SharedArrayBuffer>[] {
  const counts = new Uint32Array(threads);
  for (const by of thread) counts[by]++;
  const lanes = Array.from(counts, (count) => new Uint32Array(new SharedArrayBuffer(count * 4)));
  counts.fill(0);
  thread.forEach((by, event) => (lanes[by][counts[by]++] = event));
  return lanes;
}

/**
 * Gives every trace at least one worker, then one worker more to the trace that has most lanes per
 * worker, until each lane has its own. Workers beyond that replay nothing.
 */
function spreadLanes(
  lanes: readonly PlannedLane[],
  lanesOfTrace: readonly number[],
  workers: number,
): { trace: number | undefined; lanes: number[] }[] {
  const workersOfTrace = lanesOfTrace.map(() => 1);
  for (let spare = workers - lanesOfTrace.length; spare > 0; spare--) {
    const crowding = lanesOfTrace.map((count, trace) => count / workersOfTrace[trace]);
    const most = crowding.indexOf(Math.max(...crowding));
    if (crowding[most] <= 1) break;
    workersOfTrace[most]++;
  }
  const spread: { trace: number | undefined; lanes: number[] }[] = workersOfTrace.flatMap(
    (count, trace) => Array.from({ length: count }, () => ({ trace, lanes: [] })),
  );
  const next = lanesOfTrace.map(() => 0);
  lanes.forEach(({ trace }, lane) => {
    const own = spread.filter((worker) => worker.trace === trace);
    own[next[trace]++ % own.length].lanes.push(lane);
  });
  while (spread.length < workers) spread.push({ trace: undefined, lanes: [] });
  return spread;
}

/** The event that a block's name stands for, in words. */
export function describeName(traces: readonly PlannedTrace[], name: number): string | undefined {
  const trace = traces.find(
    ({ firstName, events }) => name >= firstName && name < firstName + events,
  );
  if (trace === undefined) return undefined;
  const event = name - trace.firstName;
  if ((trace.op[event] & OPERATION) === FREE) return undefined;
  return `${trace.name} event ${event} (${trace.size[event]} bytes)`;
}

/** The trace that a block's name belongs to. */
export function traceOfName(traces: readonly PlannedTrace[], name: number): number {
  let trace = traces.length - 1;
  while (trace > 0 && name < traces[trace].firstName) trace--;
  return trace;
}
