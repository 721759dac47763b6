/**
 * Blocks on their way out of a thread's cache, back into their slabs: ss_local for this thread's
 * own slabs, ss_remote for everyone else's, where one atomic operation serves all blocks of the
 * batch that share a bitmap word.
 *
 * Death: an own block stands in the bitmap before it leaves the stack, where `reclaim` counts it
 * once; a remote block leaves the stack in the same step that sets its bit.
 */
import { stackDepth, topOf } from '../base/cache-stack.js';
import { outFigure } from '../base/class-cells.js';
import type { Core } from '../base/core.js';
import { damagedHeap } from '../base/errors.js';
import { invariant } from '../base/invariant.js';
import { D_OWNER, R_REMOTE_FREES } from '../base/offsets.js';
import { SLAB_SHIFT } from '../base/layout.js';
import { CLASS_CACHE, CLASS_BYTES, CLASS_CAPACITY } from '../base/sizeclass.js';
import { PIPELINE_LOCAL, PIPELINE_REMOTE } from '../base/telemetry/cells.js';
import { countMany } from '../base/telemetry/count.js';
import { descriptorOf, headOf, returnLocal, returnRemote } from '../superslab/slab.js';
import { tellOfRemote } from './orphans.js';
import { releaseIfSpare, relink } from './slabs.js';

/**
 * Returns the top `count` blocks of this thread's cache of a class to their slabs. A thread that
 * `leaves` sees to its slabs afterwards, so their lists are left as they are.
 */
export function giveBack(core: Core, sizeClass: number, count: number, leaves = false): void {
  const { cells, doubles, thread } = core;
  const region = core.record + CLASS_CACHE[sizeClass];
  const out = outFigure(core.record, sizeClass);
  const bytes = CLASS_BYTES[sizeClass];
  if (!FLAGS.HAKMEM_BUILD_RELEASE) {
    invariant(
      count <= stackDepth(cells, region),
      () => `${count} blocks leave the cache of class ${sizeClass}, which holds fewer`,
    );
  }
  const end = topOf(cells, region) - count;
  const each = 1 / bytes;
  const span = CLASS_CAPACITY[sizeClass] * bytes;
  let turns = count;
  for (let top = end + count; top > end; top = topOf(cells, region)) {
    if (turns-- === 0) throw damagedHeap(`the cache of class ${sizeClass}`);
    const address = cells[top];
    const slab = headOf(core, address >>> SLAB_SHIFT);
    const d = descriptorOf(slab);
    const first = slab << SLAB_SHIFT;
    let offset = (address - first) >>> 0;
    // Benign race: only this thread writes and clears its own number there, so for its own slabs the
    // answer is exact, and no other number, however late, is taken for it.
    if (cells[d + D_OWNER] !== thread + 1) {
      giveRemote(core, sizeClass, slab, indexOf(offset, each), region, end);
      continue;
    }
    // Neighbours in the stack often come from one slab, whose lists are seen to once for them all,
    // and from one word of its bitmap, which takes them in one step.
    let index = indexOf(offset, each);
    while (offset < span) {
      const word = index >>> 5;
      let bits = 0;
      let low = top;
      while (offset < span && index >>> 5 === word) {
        bits |= 1 << index;
        low--;
        offset = low > end ? (cells[low] - first) >>> 0 : span;
        index = indexOf(offset, each);
      }
      const blocks = top - low;
      returnLocal(cells, d, word, bits, blocks);
      cells[region] -= blocks;
      doubles[out] += blocks;
      if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countMany(core, PIPELINE_LOCAL, blocks);
      top = low;
    }
    if (leaves) continue;
    relink(core, slab, sizeClass);
    releaseIfSpare(core, slab, sizeClass);
  }
}

/**
 * The block that begins so many bytes into a run, by a multiplication with what a byte is of a block:
 * half a byte more is less than a block, and more than what rounding can take.
 */
function indexOf(offset: number, each: number): number {
  return ((offset + 0.5) * each) | 0;
}

/** Returns the top block, and all others above `end` that share its bitmap word, in one step. */
function giveRemote(
  core: Core,
  sizeClass: number,
  slab: number,
  index: number,
  region: number,
  end: number,
): void {
  const { cells, doubles } = core;
  const bytes = CLASS_BYTES[sizeClass];
  const word = index >>> 5;
  const first = (slab << SLAB_SHIFT) + word * 32 * bytes;
  // The last word of a run has fewer blocks: what follows it is the next run.
  const span = Math.min(32, CLASS_CAPACITY[sizeClass] - word * 32) * bytes;
  const each = 1 / bytes;
  let bits = 1 << (index & 31);
  const top = topOf(cells, region);
  let low = top;
  for (let cell = low - 1; cell > end; cell--) {
    const address = cells[cell];
    const offset = (address - first) >>> 0;
    if (offset >= span) continue;
    bits |= 1 << indexOf(offset, each);
    low--;
    cells[cell] = cells[low];
    cells[low] = address;
  }
  const blocks = top - low + 1;
  const out = outFigure(core.record, sizeClass);
  doubles[(core.record + R_REMOTE_FREES) >>> 1] += blocks;
  if (FLAGS.HAKMEM_FREE_PIPELINE_COMPILED) countMany(core, PIPELINE_REMOTE, blocks);
  const news = returnRemote(core, slab, word, bits, region, cells[region] - blocks, out);
  if (news) tellOfRemote(core, slab);
}
