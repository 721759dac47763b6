import { Worker } from 'node:worker_threads';
import { builtEntry } from './entry.js';

/** Starts a worker entry that answers once and ends; resolves with its answer. */
export function runEntry<Data, Answer>(name: string, workerData: Data): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const url = builtEntry(`../workers/entries/${name}.worker.ts`, import.meta.url);
    const worker = new Worker(url, { workerData });
    let answer: { readonly value: Answer } | undefined;
    worker.once('message', (value: Answer) => (answer = { value }));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (answer === undefined) reject(new Error(`${name} ended with code ${code}, no answer`));
      else resolve(answer.value);
    });
  });
}
