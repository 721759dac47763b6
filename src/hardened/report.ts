/** What `stats` and `verify` of the underlying allocator become when quarantines do not count as use. */
import type { Core } from '../base/core.js';
import type { HeapStats } from '../inspect/stats.js';
import type { HeapReport } from '../inspect/verify.js';
import { damages, heldBlocks, isUsed } from './census.js';
import { askedFor } from './trailer.js';

const MOST_PROBLEMS = 100;

/**
 * Blocks in a quarantine are free ones that a thread caches; usable bytes are those asked for. They name
 * the thread that freed them by its number alone, so what a dead thread left in its quarantine counts as
 * freed by whoever has the number next, and from when another takes it out, by that one.
 */
export function statsWithout(core: Core, stats: HeapStats): HeapStats {
  let { liveBlocks, cachedBytes } = stats;
  let liveBytes = 0;
  const frees = new Map<number, number>();
  for (const held of heldBlocks(core)) {
    if (isUsed(held)) {
      liveBytes += askedFor(core, held.block);
      continue;
    }
    liveBlocks--;
    cachedBytes += held.block.bytes;
    frees.set(held.thread, (frees.get(held.thread) ?? 0) + 1);
  }
  const threads = stats.threads.map((thread) => ({
    ...thread,
    frees: thread.frees + (frees.get(thread.threadId) ?? 0),
  }));
  return { ...stats, liveBlocks, liveBytes, cachedBytes, threads };
}

export function reportWith(core: Core, report: HeapReport): HeapReport {
  const problems = [...report.problems];
  for (const damage of damages(core)) {
    if (problems.length >= MOST_PROBLEMS) break;
    problems.push(damage);
  }
  let { blocksInUse, largeBlocks } = report;
  for (const held of heldBlocks(core)) {
    if (isUsed(held)) continue;
    blocksInUse--;
    if (held.info.sizeClass === 0) largeBlocks--;
  }
  return { ...report, ok: problems.length === 0, problems, blocksInUse, largeBlocks };
}
