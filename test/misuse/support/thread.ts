import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { builtEntry } from '../../support/entry.js';
import type { Build } from './builds.js';
import type { ThreadApi, ThreadRequest } from './protocol.js';

const entry = builtEntry('../entries/thread.worker.ts', import.meta.url);

/** A worker of one build, attached to a heap; it ends with the test. */
export class Thread {
  readonly #worker: Worker;

  constructor(build: Build, heap: Heap) {
    this.#worker = new Worker(entry, { workerData: { url: build.url, handle: heap.handle } });
    onTestFinished(async () => {
      await this.#worker.terminate();
    });
  }

  /** Ends it from outside, with what it has. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** One question at a time; rejects when the worker fails. */
  async call<K extends keyof ThreadApi>(
    method: K,
    ...args: Parameters<ThreadApi[K]>
  ): Promise<ReturnType<ThreadApi[K]>> {
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage({ method, args } satisfies ThreadRequest);
    const [value] = (await answer) as [ReturnType<ThreadApi[K]>];
    return value;
  }
}
