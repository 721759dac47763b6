import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtEntry } from '../support/entry.js';

/** What a worker of this folder answers; it gets its task as `workerData`. */
export async function ask<Data, Answer>(entry: string, workerData: Data): Promise<Answer> {
  const worker = new Worker(builtEntry(entry, import.meta.url), { workerData });
  const [answer] = (await once(worker, 'message')) as [Answer];
  return answer;
}
