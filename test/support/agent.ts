import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { HeapHandle } from '../../src/index.js';
import type { AgentApi, AgentEnd, AgentReply } from './agent-protocol.js';
import { builtEntry } from './entry.js';

const entry = builtEntry('../workers/entries/agent.worker.ts', import.meta.url);

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The test's side of a worker that holds one heap; the worker ends with the test. */
export class Agent {
  readonly worker: Worker;
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  /** Starts a worker, which attaches at once where a handle is given. */
  constructor(handle?: HeapHandle) {
    this.worker = new Worker(entry, { workerData: { handle } });
    this.worker.on('message', (reply: AgentReply) => this.#settle(reply));
    this.worker.on('error', (error) => this.#rejectAll(error));
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.#rejectAll(new Error(`the agent ended with exit code ${code}`));
        resolve(code);
      });
    });
    onTestFinished(async () => {
      await this.worker.terminate();
    });
  }

  /** Starts a worker and attaches it; resolves with the agent and its thread's number. */
  static async attached(
    handle: HeapHandle,
    prewarm?: number,
  ): Promise<{ agent: Agent; threadId: number }> {
    const agent = new Agent();
    return { agent, threadId: await agent.call('attach', handle, prewarm) };
  }

  /** Rejects with an error whose message is the code of what the agent threw. */
  async call<K extends keyof AgentApi>(
    method: K,
    ...args: Parameters<AgentApi[K]>
  ): Promise<ReturnType<AgentApi[K]>> {
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.worker.postMessage({ id, method, args });
    return (await answer) as ReturnType<AgentApi[K]>;
  }

  /** Makes the agent end by itself, and waits for it. */
  async end(how: AgentEnd): Promise<number> {
    this.worker.postMessage(how);
    return this.exited;
  }

  /** Ends the agent from outside, as it waits for a message, and waits for it. */
  async terminate(): Promise<void> {
    if (this.worker.threadId === -1) return;
    const exit = once(this.worker, 'exit');
    await this.worker.terminate();
    await exit.catch(() => undefined);
  }

  #settle({ id, value, error }: AgentReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  #rejectAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
