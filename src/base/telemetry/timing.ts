/**
 * Time by part: a clock per thread that always runs for one part of malloc or free, so that the
 * parts' times are exclusive and add up to the whole. Reading the clock is part of what it measures:
 * once for each change of part.
 */
import type { Core } from '../core.js';
import {
  PART_FREE,
  PART_MALLOC,
  PART_NOW,
  PART_SINCE,
  TIMING_CALLS,
  TIMING_TIME,
} from './cells.js';
import { countOne, countMany, now, recall, remember } from './count.js';

/** Gives the time since the last change to the part that ran, and runs the clock for `part`. */
export function timePart(core: Core, part: number): void {
  if (!switchTo(core, part)) return;
  countOne(core, TIMING_CALLS + part);
}

/** The same when a part goes on after another that it called. */
export function resumePart(core: Core, part: number): void {
  switchTo(core, part);
}

/** False outside of malloc and free, where nothing is timed. */
function switchTo(core: Core, part: number): boolean {
  const running = recall(core, PART_NOW) - 1;
  if (running < 0) return false;
  const at = now();
  countMany(core, TIMING_TIME + running, at - recall(core, PART_SINCE));
  remember(core, PART_NOW, part + 1);
  remember(core, PART_SINCE, at);
  return true;
}

/** Runs one call of malloc or free under the clock, unless it is made by another such call. */
function timed<R>(core: Core, part: number, call: () => R): R {
  if (core.thread < 0 || recall(core, PART_NOW) !== 0) return call();
  countOne(core, TIMING_CALLS + part);
  remember(core, PART_NOW, part + 1);
  remember(core, PART_SINCE, now());
  try {
    return call();
  } finally {
    resumePart(core, part);
    remember(core, PART_NOW, 0);
  }
}

/** What has its calls timed. */
interface Timed {
  malloc(size: number): number;
  calloc(count: number, size: number): number;
  memalign(alignment: number, size: number): number;
  free(target: number | ArrayBufferView): void;
}

/** Puts the clock around a heap's calls, as properties of its own before those of its class. */
export function timeCalls(heap: Timed, core: Core): void {
  const calls: Timed = {
    malloc: heap.malloc.bind(heap),
    calloc: heap.calloc.bind(heap),
    memalign: heap.memalign.bind(heap),
    free: heap.free.bind(heap),
  };
  heap.malloc = (size) => timed(core, PART_MALLOC, () => calls.malloc(size));
  heap.calloc = (number, size) => timed(core, PART_MALLOC, () => calls.calloc(number, size));
  heap.memalign = (alignment, size) =>
    timed(core, PART_MALLOC, () => calls.memalign(alignment, size));
  heap.free = (target) => timed(core, PART_FREE, () => calls.free(target));
}
