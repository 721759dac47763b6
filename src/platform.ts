/**
 * What differs between Node, browsers and other hosts, asked for once. Nothing is imported, so the
 * same bundle loads everywhere.
 */

/** The part of Node's `worker_threads.Worker` that `watch` uses. */
export interface WorkerLike {
  readonly threadId: number;
  once(event: 'exit', listener: () => void): unknown;
}

/** The `threadId` of a worker that has ended. */
export const EXITED = -1;

interface NodeProcess {
  env?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?: (name: string) => { threadId?: number } | undefined;
  on?: (event: 'exit', listener: () => void) => unknown;
}

const node = (globalThis as { process?: NodeProcess }).process;

/** Number by which `watch` knows this thread: Node's thread id plus one; 0 where there is none. */
export function osThreadOf(threadId: number): number {
  return threadId + 1;
}

export const OS_THREAD: number = osThreadOf(
  node?.getBuiltinModule?.('node:worker_threads')?.threadId ?? -1,
);

/**
 * Calls `leave` when this thread ends by itself (not when it is terminated), where that is told. Node
 * tells it once; its own `once` would have V8 compile two more functions first.
 */
export function onThreadEnd(leave: () => void): void {
  node?.on?.('exit', leave);
}

/** Whether there is shared memory: pages that are not cross-origin isolated have none. */
export const CAN_SHARE: boolean = typeof SharedArrayBuffer === 'function';

/** Whether buffers can grow; where they cannot, a heap takes its maximum at once. */
export const CAN_GROW: boolean = CAN_SHARE && 'grow' in SharedArrayBuffer.prototype;

/** Writes a text for whoever runs the program: to the console, where there is one. */
export function warn(text: string): void {
  (globalThis as { console?: { warn(text: string): void } }).console?.warn(text);
}

/** The environment variables whose names begin so; none where there are no variables. */
export function variablesNamed(beginning: string): string[] {
  return Object.keys(node?.env ?? {}).filter((name) => name.startsWith(beginning));
}

/** An environment variable, where there are any; an empty one counts as not set. */
export function environment(name: string): string | undefined {
  const value = node?.env?.[name];
  return value === '' ? undefined : value;
}
