/** What may be set of the debug build, for each thread by itself. */
import { warn } from '../platform.js';
import type { LeakReport } from './leak-report.js';

/** @public */
export interface DebugSettings {
  /**
   * Freed blocks that this thread keeps from reuse, and their bytes: the smaller bound counts. Left
   * undefined, the bytes are an eighth of what the heap may grow to, at most 4 MiB.
   */
  quarantineBlocks: number;
  quarantineBytes: number | undefined;
  /** Frames of a call site; 0 records the thread only, which is several times faster. */
  stackFrames: number;
  /**
   * Receives what is in use when a thread detaches from a heap, if there is anything. By default the
   * report is written to the console; `undefined` looks for nothing.
   */
  onLeaks: ((report: LeakReport) => void) | undefined;
  /**
   * When that is: as the last thread detaches, or as every thread does. One that leaves others behind
   * is asked about the blocks that it allocated, some of which may be with them; the last about all.
   */
  leaksAt: 'last detach' | 'every detach';
}

/**
 * The settings of this thread, in force from its next call on. A misspelt one is refused: the object
 * is sealed.
 * @public
 */
export const debugSettings: DebugSettings = Object.seal<DebugSettings>({
  quarantineBlocks: 2048,
  quarantineBytes: undefined,
  stackFrames: 4,
  onLeaks: (report) => warn(report.toString()),
  leaksAt: 'last detach',
});
