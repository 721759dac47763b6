import type { HeapHandle, HeapStats } from '../../src/index.js';

/** A block that changes hands, with what its contents must be. */
export interface Parcel {
  readonly ptr: number;
  readonly size: number;
  readonly tag: number;
}

/** What a test can ask of an agent, which is a worker that holds one heap. */
export interface AgentApi {
  /** Attaches and returns the thread's number in the heap. */
  attach(handle: HeapHandle, prewarm?: number): number;
  /** True when this handle gives the Heap that the agent has already. */
  attachesToTheSame(handle: HeapHandle): boolean;
  /** Allocates each size and fills it with a pattern of its own; stops when there is no room. */
  alloc(sizes: readonly number[], firstTag: number): Parcel[];
  /** Allocates each size in turn until there is no room for it, with a pattern in each. */
  fill(sizes: readonly number[], firstTag: number, barrier?: SharedArrayBuffer): Parcel[];
  /** How many of these blocks do not have their contents. */
  countBroken(parcels: readonly Parcel[]): number;
  free(ptrs: readonly number[]): void;
  freeView(view: ArrayBufferView): void;
  /** Frees a block that must not be freed, and returns the code of the error. */
  codeOfFree(ptr: number): string;
  /** Leaves mallocs of Mid blocks in the middle, as a stack overflow does: a run is claimed for them then. */
  breakOff(): void;
  /** Allocates and frees `count` blocks of pseudo-random sizes up to `limit`, a few at a time. */
  churn(count: number, limit: number, seed: number): void;
  byteLength(): number;
  stats(): HeapStats;
  reclaim(threadId: number, barrier?: SharedArrayBuffer): void;
  flush(): void;
  detach(): void;
}

/** Ways for an agent to end without an answer: by having nothing left to wait for, or at once. */
export type AgentEnd = 'close' | 'exit' | 'throw';

export interface AgentRequest {
  readonly id: number;
  readonly method: keyof AgentApi;
  readonly args: readonly unknown[];
}

export interface AgentReply {
  readonly id: number;
  readonly value?: unknown;
  /** The code of a HakmemError, or the stack of any other error. */
  readonly error?: string;
}

/** What a worker is started with. */
export interface AgentData {
  readonly handle?: HeapHandle;
}
