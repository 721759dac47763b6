/** Which functions of a bundle a thread calls from attach to detach, by V8's own count. */
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * @param {string} bundle path of a bundle of the library
 * @returns {Promise<string[]>} their names, sorted
 */
export async function calledByThread(bundle) {
  const { Heap } = await import(bundle);
  const heap = Heap.create();
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { bundle, handle: heap.handle },
  });
  try {
    return (await once(worker, 'message'))[0];
  } finally {
    heap.detach();
  }
}

if (!isMainThread && workerData?.bundle !== undefined) {
  const { bundle, handle } = workerData;
  const session = new Session();
  session.connect();
  const { Heap } = await import(bundle);
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await session.post('Profiler.takePreciseCoverage');
  Heap.attach(handle).detach();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result.filter(({ url }) => url.endsWith(bundle)).flatMap((of) => of.functions);
  const called = functions.filter(({ ranges }) => ranges[0].count > 0);
  parentPort?.postMessage([...new Set(called.map(({ functionName }) => functionName))].sort());
}
