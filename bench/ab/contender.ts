/** A process that runs a workload on one build of the library, from its parent's side. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type HeapStats } from '../../src/index.js';
import { CLEAN_ENVIRONMENT, NODE_ARGUMENTS } from '../lib/clean-process.js';
import { type ReadyAnswer, type Request, type RoundAnswer, type StatsAnswer } from './protocol.js';

export class Contender implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;
  #operations = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#ended = once(process, 'exit').then(([code]) => {
      throw new Error(`the process that was measured ended with code ${String(code)}`);
    });
    // Nobody may be waiting when it ends.
    this.#ended.catch(() => undefined);
  }

  /**
   * @param node path of the Node binary
   * @param folder of the build, which holds the programs too
   */
  static async start(node: string, folder: string, workload: string): Promise<Contender> {
    const program = join(folder, 'bench', 'ab', 'workloads', 'child.js');
    const child = fork(program, [workload], {
      execPath: node,
      execArgv: [...NODE_ARGUMENTS],
      env: { ...CLEAN_ENVIRONMENT },
    });
    const contender = new Contender(child);
    contender.#operations = (await contender.#next<ReadyAnswer>()).operations;
    return contender;
  }

  get operations(): number {
    return this.#operations;
  }

  /** Milliseconds of a step. */
  async calibrate(milliseconds: number): Promise<number> {
    const answer = await this.#ask<RoundAnswer>({ ask: 'calibrate', milliseconds });
    return answer.milliseconds / answer.steps;
  }

  /** Nanoseconds per operation. */
  async round(steps: number): Promise<number> {
    const { milliseconds } = await this.#ask<RoundAnswer>({ ask: 'round', steps });
    return (milliseconds * 1e6) / (steps * this.#operations);
  }

  async stats(): Promise<HeapStats> {
    return (await this.#ask<StatsAnswer>({ ask: 'stats' })).stats;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    const request: Request = { ask: 'end' };
    this.#process.send(request);
    await exit;
  }

  #ask<Answer>(request: Request): Promise<Answer> {
    const answer = this.#next<Answer>();
    this.#process.send(request);
    return answer;
  }

  async #next<Answer>(): Promise<Answer> {
    const message = once(this.#process, 'message').then(([answer]) => answer as Answer);
    return Promise.race([message, this.#ended]);
  }
}
