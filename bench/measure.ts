/** Measures workloads in rounds, hakmem and its peers by turns. */
import { reasonOf } from './lib/child-error.js';
import { type Contender, contendersOf, type Figures } from './contender.js';
import type { Peer } from './peers/peer.js';
import type { Toolchain } from './peers/toolchain.js';
import type { Course, Result } from './results.js';
import { SELF, type Workload } from './workloads/workload.js';

export interface MeasureOptions {
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly toolchain: Toolchain;
  /** Ends the measurement early; what was measured until then is kept. */
  readonly signal: AbortSignal;
  readonly onRun: (done: number, total: number, what: string) => void;
}

/** A workload that hakmem could not do. */
export interface Failure {
  readonly workload: string;
  /** Whole rounds before it. */
  readonly rounds: number;
  readonly reason: string;
}

export interface Measured {
  /** Of whole rounds only; a workload without one whole round is left out. */
  readonly results: readonly Result[];
  readonly failures: readonly Failure[];
}

/** A peer that fails at a workload is left out of it; where hakmem fails, the next workload follows. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { workloads, peers, toolchain, signal, onRun } = options;
  const all = workloads.map((workload) => ({
    workload,
    rounds: workload.steady ? 1 : options.rounds,
    contenders: contendersOf(workload, peers, toolchain),
  }));
  const total = all.reduce((sum, { contenders, rounds }) => sum + contenders.length * rounds, 0);
  const results: Result[] = [];
  const failures: Failure[] = [];
  let done = 0;
  for (const { workload, rounds, contenders } of all) {
    const { name } = workload;
    const tally = new Tally(workload);
    const end = done + contenders.length * rounds;
    for (let round = 0; round < rounds; round++) {
      const figures = new Map<string, Figures>();
      for (const contender of inTurn(contenders, round)) {
        if (signal.aborted || tally.failureOf(SELF) !== undefined) break;
        onRun(done++, total, `${name} ${contender.name}`);
        if (tally.failureOf(contender.name) !== undefined) continue;
        const outcome = await attempt(contender, signal);
        if (!(outcome instanceof Error)) figures.set(contender.name, outcome);
        else if (!signal.aborted) tally.fail(contender.name, outcome);
      }
      if (signal.aborted || tally.failureOf(SELF) !== undefined) break;
      for (const { name, sameWork } of contenders) {
        if (sameWork) tally.compare(name, figures);
      }
      tally.add(figures);
    }
    const reason = tally.failureOf(SELF);
    if (reason !== undefined) failures.push({ workload: name, rounds: tally.rounds, reason });
    if (tally.rounds > 0) results.push(tally.result());
    if (!signal.aborted) done = end;
  }
  onRun(done, total, '');
  return { results, failures };
}

/** Every second round runs backwards, so that nobody always comes first. */
function inTurn(contenders: readonly Contender[], round: number): readonly Contender[] {
  return round % 2 === 0 ? contenders : contenders.toReversed();
}

async function attempt(contender: Contender, signal: AbortSignal): Promise<Figures | Error> {
  try {
    return await contender.measure(signal);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error;
  }
}

class Tally {
  readonly #workload: Workload;
  readonly #figures = new Map<string, number[]>();
  readonly #own = new Map<string, number[]>();
  readonly #courses = new Map<string, Course>();
  readonly #failures = new Map<string, string>();
  rounds = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  failureOf(contender: string): string | undefined {
    return this.#failures.get(contender);
  }

  fail(contender: string, error: Error & { killed?: boolean; stderr?: string }): void {
    this.#failures.set(contender, error.killed ? 'took too long' : reasonOf(error));
    // What hakmem did in the rounds before is what there is.
    if (contender !== SELF) this.#figures.delete(contender);
  }

  /** Leaves a contender out whose run did other work than hakmem's of the same round. */
  compare(contender: string, round: Map<string, Figures>): void {
    const [theirs, ours] = [contender, SELF].map((name) => round.get(name)?.checksum);
    // In thread-life, hakmem's threads are others than those in C, and have no checksum.
    if (!round.has(contender) || ours === undefined || theirs === ours) return;
    round.delete(contender);
    const reason = `did other work: its checksum is ${String(theirs)}, hakmem's ${String(ours)}`;
    this.fail(contender, new Error(reason));
  }

  add(round: ReadonlyMap<string, Figures>): void {
    this.rounds++;
    const scale = this.#workload.perThread ? 1 / this.#workload.threads : 1;
    for (const [contender, { figure, used, live, ...own }] of round) {
      if (typeof figure === 'number') push(this.#figures, contender, figure * scale);
      if (Array.isArray(used)) {
        this.#courses.set(contender, { used, ...(Array.isArray(live) ? { live } : {}) });
      }
      if (contender !== SELF) continue;
      for (const [name, value] of Object.entries(own)) {
        if (typeof value === 'number' && name !== 'checksum') push(this.#own, name, value);
      }
    }
  }

  result(): Result {
    const { name, group, unit, threads, parameters, targets = [], twin } = this.#workload;
    return {
      ...{ name, group, unit, threads, parameters, targets },
      compared: twin !== undefined,
      date: new Date().toISOString(),
      figures: Object.fromEntries(this.#figures),
      own: Object.fromEntries(this.#own),
      courses: Object.fromEntries(this.#courses),
      failures: Object.fromEntries(this.#failures),
    };
  }
}

function push(lists: Map<string, number[]>, name: string, value: number): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}
