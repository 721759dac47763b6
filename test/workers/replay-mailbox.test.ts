import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Mailbox } from '../../bench/replay/mailbox.js';
import { builtEntry } from '../support/entry.js';

describe('a mailbox with several senders', () => {
  it('loses, doubles and reorders nothing, though it is full again and again', async () => {
    const [senders, count, mostBytes] = [4, 20_000, 600];
    const buffer = Mailbox.create(16);
    const box = new Mailbox(buffer, mostBytes);
    const entry = builtEntry('./replay-mailbox.worker.ts', import.meta.url);
    const workers = Array.from(
      { length: senders },
      (_, sender) => new Worker(entry, { workerData: { buffer, sender, count, mostBytes } }),
    );
    const exits = workers.map((worker) => once(worker, 'exit'));

    const next = workers.map(() => 0);
    for (let taken = 0; taken < senders * count;) {
      if (!box.take()) {
        box.sleep(1);
        await new Promise(setImmediate);
        continue;
      }
      expect(box.name).toBe(next[box.ptr]++);
      expect(box.size).toBe(box.name % 64);
      taken++;
    }
    expect(await Promise.all(exits)).toEqual(workers.map(() => [0]));
    expect(box.take()).toBe(false);
    expect(next).toEqual(workers.map(() => count));
  });
});
