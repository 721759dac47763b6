import { parentPort, workerData } from 'node:worker_threads';
import type { DebugLibrary, Library } from '../support/builds.js';
import type { ThreadApi, ThreadData, ThreadRequest } from '../support/protocol.js';
import { Turnstile } from '../support/turnstile.js';

const { url, handle } = workerData as ThreadData;
const library = (await import(url)) as Library;
const heap = library.Heap.attach(handle);

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof library.HakmemError) return error.code;
    throw error;
  }
  return 'no error';
}

const api: ThreadApi = {
  malloc: (size, count) => Array.from({ length: count }, () => heap.malloc(size)),
  free: (ptrs) => ptrs.map((ptr) => codeOf(() => heap.free(ptr))),
  realloc: (ptrs, size) => ptrs.map((ptr) => codeOf(() => heap.realloc(ptr, size))),
  freeViews: (views) => views.map((view) => codeOf(() => heap.free(view))),
  race(ptrs, buffer, threads) {
    const turnstile = new Turnstile(buffer, threads);
    return ptrs.map((ptr) => {
      turnstile.pass();
      return codeOf(() => heap.free(ptr));
    });
  },
  flush: () => heap.flush(),
  detach: () => heap.detach(),
  detachTold() {
    const told: { text: string; json: string }[] = [];
    const { debugSettings } = library as unknown as DebugLibrary;
    debugSettings.leaksAt = 'every detach';
    debugSettings.onLeaks = (report) => {
      told.push({ text: report.toString(), json: JSON.stringify(report) });
    };
    heap.detach();
    return told;
  },
};

parentPort!.on('message', ({ method, args }: ThreadRequest) => {
  parentPort!.postMessage((api[method] as (...given: readonly unknown[]) => unknown)(...args));
});
