/** What a thread costs: the time of its first attach, and resident memory. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { median } from 'simple-statistics';
import { Heap, type HeapHandle } from '../../src/index.js';
import { ATTACH_SHARE, LIFE_SHARE } from '../workloads/threads.js';
import { type ThreadAnswer, type ThreadRequest } from './thread.worker.js';

const MAXIMUM_BYTES = 2 ** 30;

/**
 * Medians over workers that are started one after another, each of which attaches and detaches once.
 */
export async function attachTime({
  threads,
}: {
  threads: number;
}): Promise<Record<string, number>> {
  using heap = Heap.create();
  const starts: number[] = [];
  const attaches: number[] = [];
  const lives: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < threads; i++) {
    const before = performance.timeOrigin + performance.now();
    const thread = new Thread(heap.handle);
    starts.push((await thread.ask('start')).startedAt - before);
    const attached = await thread.ask('attach');
    const detached = await thread.ask('detach');
    attaches.push(attached.milliseconds);
    lives.push(attached.milliseconds + detached.milliseconds);
    const beforeEnd = performance.now();
    await thread.end();
    ends.push(performance.now() - beforeEnd);
  }
  const [start, end, attach, life] = [starts, ends, attaches, lives].map((times) => median(times));
  return {
    'worker start': start,
    'worker end': end,
    'first attach': attach,
    'first attach and detach': life,
    [ATTACH_SHARE]: attach / start,
    [LIFE_SHARE]: life / (start + end),
  };
}

/** Growth of this process when threads that already run attach, per thread. */
export async function attachMemory({ threads }: { threads: number }): Promise<{ figure: number }> {
  using heap = Heap.create({ maximumBytes: MAXIMUM_BYTES });
  const workers = Array.from({ length: threads }, () => new Thread(heap.handle));
  const askAll = (request: ThreadRequest) =>
    Promise.all(workers.map((worker) => worker.ask(request)));
  for (let warm = 0; warm < 3; warm++) await askAll('start');
  const before = residentBytes();
  await askAll('attach');
  const bytes = (residentBytes() - before) / threads;
  await Promise.all(workers.map((worker) => worker.end()));
  return { figure: bytes };
}

/** Growth of this process by a heap that could grow to 1 GiB and holds nothing. */
export function emptyHeapMemory(): { figure: number } {
  const before = residentBytes();
  using heap = Heap.create({ maximumBytes: MAXIMUM_BYTES });
  const bytes = residentBytes() - before;
  if (heap.stats().liveBlocks !== 0) throw new Error('the heap is not empty');
  return { figure: bytes };
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

class Thread {
  readonly #worker: Worker;

  constructor(handle: HeapHandle) {
    this.#worker = new Worker(new URL('thread.worker.js', import.meta.url), { workerData: handle });
  }

  async ask(request: ThreadRequest): Promise<ThreadAnswer> {
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage(request);
    return (await answer)[0] as ThreadAnswer;
  }

  async end(): Promise<void> {
    const exit = once(this.#worker, 'exit');
    const last: ThreadRequest = 'end';
    this.#worker.postMessage(last);
    await exit;
  }
}
