/**
 * hakmem: a multi-threaded malloc inside one SharedArrayBuffer.
 *
 * @packageDocumentation
 */
export type { Allocator, Ptr } from './allocator.js';
export { Arena, type ArenaMark, type ArenaOptions, type ResetOptions } from './arena.js';
export { HakmemError, type HakmemErrorCode } from './base/errors.js';
export type { SharedMemory } from './base/core.js';
export type { TierSettings } from './base/settings.js';
export type { SharedView, TypedArrayConstructor } from './base/typed-array.js';
export type {
  BigCacheSettings,
  ConfigOptions,
  ConfigSource,
  Configured,
  ConfiguredBox,
  FrontSettings,
  HeapConfig,
} from './config.js';
export type { HeapHandle } from './handle.js';
export { Heap, type ReclaimReport } from './heap.js';
export type { BlockInfo } from './inspect/blocks.js';
export type { HeapStats, ThreadStats } from './inspect/stats.js';
export type {
  CacheMeasure,
  ClassCacheTelemetry,
  MeasuredClass,
  NotCompiled,
  PoolClass,
  Telemetry,
  TimedPart,
} from './inspect/telemetry/types.js';
export type { HeapReport } from './inspect/verify.js';
export type { AttachOptions, HeapOptions } from './options.js';
export type { WorkerLike } from './platform.js';
