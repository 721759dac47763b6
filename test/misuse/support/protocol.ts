import type { HeapHandle } from '../../../src/index.js';

/** What a worker of these tests is started with: the bundle that it loads, and the heap. */
export interface ThreadData {
  readonly url: string;
  readonly handle: HeapHandle;
}

/** What a test can ask of such a worker. Codes are those of the errors, or 'no error'. */
export interface ThreadApi {
  malloc(size: number, count: number): number[];
  /** Frees each in turn, ready or not. */
  free(ptrs: readonly number[]): string[];
  realloc(ptrs: readonly number[], size: number): string[];
  freeViews(views: readonly ArrayBufferView[]): string[];
  /** Frees each at the moment at which everybody else at the turnstile does. */
  race(ptrs: readonly number[], turnstile: SharedArrayBuffer, threads: number): string[];
  flush(): void;
  detach(): void;
  /** Debug build: detaches and gives what was told of leaks, as text and as JSON. */
  detachTold(): { text: string; json: string }[];
}

export interface ThreadRequest {
  readonly method: keyof ThreadApi;
  readonly args: readonly unknown[];
}
