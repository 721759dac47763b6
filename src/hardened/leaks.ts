/** Blocks in use, grouped by who allocated them and where. */
import type { Core } from '../base/core.js';
import { heldBlocks, isUsed } from './census.js';
import { eventOf } from './history.js';
import { type LeakReport, Report } from './leak-report.js';
import type { Sites } from './sites.js';
import { allocatedBy, askedFor } from './trailer.js';

const EXAMPLES = 8;

/** Exact while no other thread is inside the heap. */
export function leaksOf(core: Core, sites: Sites): LeakReport {
  const groups = new Map<number, { blocks: number; bytes: number; examples: number[] }>();
  for (const held of heldBlocks(core)) {
    if (!isUsed(held)) continue;
    const by = allocatedBy(core, held.block);
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
  );
}
