/** Blocks in use, grouped by who allocated them and where. */
import type { Core } from '../base/core.js';
import { heldBlocks, isUsed } from './census.js';
import { eventOf, threadOf } from './history.js';
import { type LeakReport, Report } from './leak-report.js';
import type { Sites } from './sites.js';
import { allocatedBy, askedFor } from './trailer.js';

const EXAMPLES = 8;

/**
 * Of the blocks that one thread allocated, or of all. Exact while no other thread is inside the heap;
 * otherwise a block that is allocated or freed meanwhile may be in it or not.
 */
export function leaksOf(core: Core, sites: Sites, thread?: number): LeakReport {
  const groups = new Map<number, { blocks: number; bytes: number; examples: number[] }>();
  for (const held of heldBlocks(core)) {
    if (!isUsed(held)) continue;
    const by = allocatedBy(core, held.block);
    if (thread !== undefined && (by < 0 || threadOf(by) !== thread)) continue;
    const group = groups.get(by) ?? { blocks: 0, bytes: 0, examples: [] };
    groups.set(by, group);
    group.blocks++;
    group.bytes += askedFor(core, held.block);
    if (group.examples.length < EXAMPLES) group.examples.push(held.block.address);
  }
  return new Report(
    [...groups]
      .map(([by, group]) => ({
        ...(by < 0 ? { threadId: -1, site: '' } : eventOf(sites, by)),
        ...group,
      }))
      .sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks || a.threadId - b.threadId),
    thread,
  );
}
