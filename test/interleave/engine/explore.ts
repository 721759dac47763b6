/** Explores one scenario's schedules: exhaustively up to a bound, with deaths, and at random. */
import { type Scenario } from '../scenarios/scenario.js';
import { Exhaustive } from './exhaustive.js';
import { Random } from './random.js';
import { Replay, textOf } from './replay.js';
import { type Policy, scheduler } from './scheduler.js';
import { describeRaces, nameOf } from './sites.js';
import { Stage } from './stage.js';

export interface Failure {
  problem: string;
  /** How it was found, and the schedule that shows it again. */
  by: string;
  schedule: string;
}

export interface Report {
  scenario: string;
  /** What was searched, in words. */
  search: string;
  schedules: number;
  steps: number;
  /** Different ends among them. */
  ends: number;
  seconds: number;
  /** False when the search stopped at its limit. */
  complete: boolean;
  failure: Failure | undefined;
}

export interface Effort {
  /** The most schedules and seconds for one search. */
  schedules?: number;
  seconds?: number;
}

const KINDS = ['read', 'write', 'atomic read', 'atomic write', 'atomic change', 'claim'];

/** Random runs that find out which cells are shared before an exhaustive search. */
const WARM_UP = 200;

export class Exploration {
  private readonly stage: Stage;
  private readonly threads: number;
  private failure: Failure | undefined;
  private length = 1;
  private edges = 1;

  /** @param plainSteps whether accesses to plain shared cells are steps of their own */
  constructor(
    readonly scenario: Scenario,
    plainSteps = false,
  ) {
    this.stage = new Stage(scenario);
    scheduler.plainSteps = plainSteps;
    this.threads = scenario.threads.length;
  }

  /** Every schedule with at most `bound` pre-emptions and `deaths` threads that die. */
  exhaustive(bound: number, deaths: number, effort: Effort = {}): Report {
    const where = scheduler.plainSteps ? ', plain steps too' : '';
    return this.search(`all: ${bound} pre-emptions, ${deaths} deaths${where}`, effort, () => {
      this.warmUp(deaths);
      let policy = new Exhaustive(bound, deaths, this.everybody);
      scheduler.learnt = false;
      policy.first();
      return (restart) => {
        if (scheduler.learnt) {
          // A cell turned out to be shared: its steps matter from here on.
          scheduler.learnt = false;
          policy = new Exhaustive(bound, deaths, this.everybody);
          policy.first();
          restart();
          return policy;
        }
        return policy.advance() ? policy : undefined;
      };
    });
  }

  /** Random schedules from a seed on. */
  random(seed: number, deaths: boolean, effort: Effort): Report {
    const search = `random from seed ${seed}${deaths ? ', with deaths' : ''}`;
    return this.search(search, effort, () => {
      this.warmUp(0);
      let next = seed;
      return () => this.randomPolicy(next++, deaths);
    });
  }

  /** One schedule again; `tell` gets a line for each step. */
  replay(schedule: string, tell?: (line: string) => void): Report {
    scheduler.trace =
      tell &&
      ((thread, step, site, kind, cell) => {
        const value = scheduler.memory.cells[cell];
        tell(
          `thread ${thread} step ${step}: ${KINDS[kind]} ${nameOf(site)} [${cell}] was ${value}`,
        );
      });
    try {
      return this.again(schedule);
    } finally {
      scheduler.trace = undefined;
    }
  }

  private again(schedule: string): Report {
    return this.search('replay', { schedules: 1 }, () => () => new Replay(schedule, scheduler));
  }

  private get everybody(): number {
    return (1 << this.threads) - 1;
  }

  private randomPolicy(seed: number, deaths: boolean): Policy {
    const victims = deaths ? this.everybody : 0;
    return new Random(seed, this.threads, this.length, this.edges, victims);
  }

  /** Finds out how long runs are and which cells are shared. */
  private warmUp(deaths: number): void {
    if (this.length > 1) return;
    for (let seed = 1; seed <= WARM_UP && !this.failure; seed++) {
      this.run(this.randomPolicy(seed, deaths > 0 && seed % 2 === 0), `random seed ${seed}`);
      const total = scheduler.steps.reduce((sum, steps) => sum + steps, 0);
      this.length = Math.max(this.length, total);
      this.edges = Math.max(this.edges, scheduler.changes);
    }
  }

  private search(
    search: string,
    { schedules: most = Infinity, seconds = Infinity }: Effort,
    begin: () => (restart: () => void) => Policy | undefined,
  ): Report {
    const started = performance.now();
    this.failure = undefined;
    let schedules = 0;
    let steps = 0;
    let complete = true;
    const next = begin();
    while (!this.failure) {
      if (schedules >= most || performance.now() - started > seconds * 1000) {
        complete = false;
        break;
      }
      const policy = next(() => (schedules = 0));
      if (!policy) break;
      schedules++;
      this.run(policy, `${search}, schedule ${schedules}`);
      for (const taken of scheduler.steps) steps += taken;
    }
    const seconds_ = (performance.now() - started) / 1000;
    const races = describeRaces(scheduler.clocks.races);
    if (races && !this.failure) {
      this.failure = { problem: races, by: search, schedule: this.racy };
    }
    const { failure } = this;
    const { name } = this.scenario;
    const { ends } = this.stage;
    return { scenario: name, search, schedules, steps, ends, seconds: seconds_, complete, failure };
  }

  private racy = '';

  private run(policy: Policy, by: string): void {
    const threads = this.stage.reset();
    const races = scheduler.clocks.races.size;
    try {
      scheduler.run(threads, policy);
      const problem = this.stage.judge();
      if (scheduler.clocks.races.size > races && describeRaces(scheduler.clocks.races)) {
        this.racy ||= textOf(scheduler.segments);
      }
      if (problem === undefined) return;
      this.fail(problem, by);
    } catch (error) {
      const text = String((error as Error).stack);
      this.fail(text, by);
    }
  }

  private fail(problem: string, by: string): void {
    this.failure = { problem, by, schedule: textOf(scheduler.segments) };
  }
}
