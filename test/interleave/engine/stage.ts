/** A scenario's heap and threads, brought back to where they were before each run. */
import { SLAB_BYTES } from '../../../src/base/layout.js';
import { Core, refreshViews } from '../../../src/base/core.js';
import { createHeap } from '../../../src/create.js';
import { blocksOf } from '../../../src/inspect/blocks.js';
import { claimRecord, RECORD_ATTACHED, recordKind, recordOf } from '../../../src/thread/record.js';
import { H_CAPACITY, R_STATE } from '../../../src/base/offsets.js';
import { verifyHeap } from '../../../src/inspect/verify.js';
import { figureProblem } from '../../support/figure.js';
import * as aftermath from '../scenarios/aftermath.js';
import { Hand, osThreadOf, type Scenario, type Thread, type World } from '../scenarios/scenario.js';
import { Memory, mix } from './memory.js';
import { scheduler, type Steps } from './scheduler.js';

/** What a function that was made resumable really returns. */
export function steps<T>(result: T): Generator<void, T, void> {
  return result as unknown as Generator<void, T, void>;
}

/** A scenario's function for one thread, about to begin. */
function begin(run: Scenario['threads'][number], thread: Thread, world: World): Steps {
  const resumable = run as unknown as (thread: Thread, world: World) => Steps;
  return resumable(thread, world);
}

/** Runs a function of the library or a scenario alone, to its end, if it takes steps at all. */
function alone<T>(call: () => T): T {
  const result = call();
  const resumable = typeof result === 'object' && result !== null && 'next' in result;
  return resumable ? scheduler.alone(steps(result as T)) : result;
}

export class Stage {
  readonly world: World;
  readonly memory: Memory;
  private readonly buffer: SharedArrayBuffer;
  private readonly bytes: number;
  private readonly held: number[][];
  /** Each thread's number and record at the start. */
  private readonly starts: { thread: number; record: number }[];
  private readonly seen = new Set<number>();

  constructor(readonly scenario: Scenario) {
    const mib = 2 ** 20;
    const core = createHeap({
      initialBytes: 2 * mib,
      maximumBytes: 4 * mib,
      maxThreads: 5,
      ...scenario.heap,
    });
    this.buffer = core.buffer;
    this.bytes = scheduler.bytes = this.buffer.byteLength;
    const longest = core.geometry.maxSlabs * SLAB_BYTES;
    if (this.buffer.byteLength < longest) this.buffer.grow(longest);
    simulateLength(this.buffer, longest);
    this.memory = new Memory(this.buffer, longest);
    const { threads, unattached = 0, ghosts = 0 } = scenario;
    let count = threads.length;
    while ((ghosts | unattached) >>> count !== 0) count++;
    this.world = {
      threads: [],
      owned: new Set(),
      problem: undefined,
      hasDied: (index: number) => scheduler.hasDied(index),
    } as unknown as World;
    const made = Array.from({ length: count }, () => this.thread(core));
    made.forEach((thread, index) => {
      if ((unattached & (1 << index)) === 0) enter(thread, index);
    });
    const keeper = this.thread(core);
    enter(keeper, 9);
    Object.assign(this.world, { threads: made, keeper });
    scheduler.open(this.memory);
    if (scenario.prepare) alone(() => scenario.prepare?.(this.world));
    this.memory.keeping = true;
    this.bytes = scheduler.bytes;
    this.held = made.map(({ held }) => [...held]);
    this.starts = [...made, keeper].map(({ core }) => ({
      thread: core.thread,
      record: core.record,
    }));
  }

  private thread(like: Core): Thread {
    const core = new Core(like.geometry, undefined, this.buffer);
    return {
      world: this.world,
      core,
      heap: Hand.on(core),
      held: [],
      appearing: 0,
      going: 0,
      results: [],
    };
  }

  /** The state before a run, and the threads about to start. */
  reset(): Steps[] {
    this.memory.restore();
    scheduler.bytes = this.bytes;
    const { world } = this;
    const { threads, keeper } = world;
    world.problem = undefined;
    world.owned = new Set([...this.held.flat(), ...keeper.held]);
    threads.forEach((thread, index) => {
      this.renew(thread, index);
      thread.held = [...this.held[index]!];
      thread.appearing = thread.going = 0;
      thread.results = [];
    });
    this.renew(keeper, threads.length);
    return this.scenario.threads.map((run, index) => begin(run, threads[index]!, world));
  }

  /** A thread's window as it was: views of the length at the start, and its record. */
  private renew(thread: Thread, index: number): void {
    thread.core = Object.assign(
      new Core(thread.core.geometry, undefined, this.buffer),
      this.starts[index]!,
    );
    thread.heap = Hand.on(thread.core);
  }

  /** What is wrong after a run, if anything; runs that end alike are looked at once. */
  judge(): string | undefined {
    if (this.world.problem !== undefined) return this.world.problem;
    const hash = this.hash();
    if (this.seen.has(hash)) return undefined;
    const problem = this.aftermath();
    if (problem === undefined) this.seen.add(hash);
    return problem;
  }

  /** How many different ends the runs had. */
  get ends(): number {
    return this.seen.size;
  }

  private hash(): number {
    let hash = mix(scheduler.dead ^ scheduler.bytes);
    for (const { held, results, appearing, going, core } of this.world.threads) {
      for (const block of held) hash = mix(hash ^ block);
      for (const result of results) hash = mix((hash + 1) ^ result);
      hash = mix(hash ^ appearing) ^ mix(going + core.thread);
    }
    return this.memory.hash() + hash * 2 ** -20;
  }

  private aftermath(): string | undefined {
    const { scenario, world } = this;
    const { threads, keeper } = world;
    const { dead } = scheduler;
    refreshViews(keeper.core);
    if (dead === 0) {
      const wrong =
        alone(() => scenario.check?.(world)) ??
        this.checkHeap('after the run', 0) ??
        this.checkFigure('after the run');
      if (wrong) return wrong;
    }
    const ghosts = scenario.ghosts ?? 0;
    const living = threads.filter(
      (thread, index) => ((dead | ghosts) & (1 << index)) === 0 && thread.core.thread >= 0,
    );
    this.reclaimAllBut([...living, keeper]);
    refreshViews(keeper.core);
    const wrong = this.checkHeap('after reclaim', dead);
    if (wrong) return wrong;
    for (const { ptr } of [...blocksOf(keeper.core)]) alone(() => aftermath.free(keeper.heap, ptr));
    for (const { core } of living) alone(() => aftermath.detach(core));
    alone(() => aftermath.flush(keeper.core));
    return (
      this.checkEmpty() ?? (dead === 0 ? this.checkFigure('with every block free') : undefined)
    );
  }

  private reclaimAllBut(living: readonly Thread[]): void {
    const { core } = this.world.keeper;
    for (let thread = 0; thread < core.geometry.maxThreads; thread++) {
      const state = this.memory.cells[recordOf(core, thread) + R_STATE]!;
      if (recordKind(state) !== RECORD_ATTACHED) continue;
      if (living.some((other) => other.core.thread === thread)) continue;
      alone(() => aftermath.reclaim(core, thread));
    }
  }

  /** The heap is whole, and its blocks in use are those that the threads hold. */
  private checkHeap(when: string, dead: number): string | undefined {
    const { threads, keeper } = this.world;
    const { problems } = verifyHeap(keeper.core);
    if (problems.length > 0) return `${when}: ${problems.slice(0, 3).join('; ')}`;
    const found = new Set([...blocksOf(keeper.core)].map(({ ptr }) => ptr));
    const owners = new Set<number>();
    let mayAppear = 0;
    for (const [index, { held, appearing, going }] of [...threads, keeper].entries()) {
      const died = (dead & (1 << index)) !== 0;
      for (const block of held) {
        if (owners.has(block)) return `${when}: the block at ${block} was handed out twice`;
        if (!found.has(block)) return `${when}: the block at ${block} is held, but not in use`;
        owners.add(block);
      }
      if (died && going !== 0) mayAppear++;
      if (died) mayAppear += appearing;
    }
    const lost = found.size - owners.size;
    if (lost > mayAppear) return `${when}: ${lost} blocks are in use and nobody has them`;
    return undefined;
  }

  /** What deaths leave out of the figure of memory in use stays out, so it is looked at without. */
  private checkFigure(when: string): string | undefined {
    const wrong = figureProblem(this.world.keeper.core);
    return wrong && `${when}: ${wrong}`;
  }

  private checkEmpty(): string | undefined {
    const { core } = this.world.keeper;
    refreshViews(core);
    const { problems, blocksInUse, freeSlabs } = verifyHeap(core);
    if (problems.length > 0) return `with every block free: ${problems.slice(0, 3).join('; ')}`;
    if (blocksInUse > 0) return `${blocksInUse} blocks in use with none in use`;
    const { firstSlab } = core.geometry;
    let all = 0;
    for (let slab = firstSlab; slab < this.memory.cells[core.header + H_CAPACITY]!; slab++) {
      const state = this.memory.cells[core.states + slab]!;
      if (state !== 0) return `slab ${slab} is lost in state ${state}`;
      all++;
    }
    return freeSlabs === all ? undefined : `${all - freeSlabs} slabs are lost`;
  }
}

function enter(thread: Thread, index: number): void {
  claimRecord(thread.core, osThreadOf(index));
  thread.heap = Hand.on(thread.core);
}

/** Makes a buffer's length what the scheduler says, so that growth can be taken back. */
function simulateLength(buffer: SharedArrayBuffer, longest: number): void {
  Object.defineProperty(buffer, 'byteLength', { get: () => scheduler.bytes });
  Object.defineProperty(buffer, 'grow', {
    value: (bytes: number) => {
      if (bytes > longest || bytes < scheduler.bytes) throw new RangeError('cannot grow to that');
      scheduler.bytes = bytes;
    },
  });
}
