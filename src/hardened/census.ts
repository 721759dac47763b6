/**
 * Which of the blocks that the underlying allocator calls in use are so, and what is wrong with any
 * block. Exact while no other thread is inside the heap.
 */
import type { Core } from '../base/core.js';
import { D_CARVED, D_CLASS } from '../base/offsets.js';
import { MID_MAX, SLAB_BYTES, TINY_MAX } from '../base/layout.js';
import { CLASS_BYTES } from '../base/sizeclass.js';
import { type BlockInfo, blocksOf } from '../inspect/blocks.js';
import { slabsOf } from '../inspect/census.js';
import { descriptorOf } from '../superslab/slab.js';
import { FILL_FREED, firstDifference } from './fill.js';
import {
  askedFor,
  BARE,
  type Block,
  blockAt,
  BROKEN,
  LIVE,
  MARK_BYTES,
  overrunOf,
  RELEASED,
  stateOf,
} from './trailer.js';

/** A block, what the allocator says of it, and what its trailer says. */
export interface Held {
  readonly info: BlockInfo;
  readonly block: Block;
  readonly kind: number;
  /** The thread that freed it, for a block that is not in use any more. */
  readonly thread: number;
}

/** Every block that the underlying allocator calls in use, those in quarantines included. */
export function* heldBlocks(core: Core): IterableIterator<Held> {
  for (const info of blocksOf(core)) {
    const block = blockAt(core, info.ptr, info.size);
    yield { info, block, ...stateOf(core, block) };
  }
}

/** Whether a block is its user's. A trailer that was written over does not change that. */
export function isUsed({ kind }: Held): boolean {
  return kind === LIVE || kind === BROKEN || kind === BARE;
}

/** Every block in use, with the bytes that were asked for and the tier of such a request. */
export function* usedBlocks(core: Core): IterableIterator<BlockInfo> {
  for (const held of heldBlocks(core)) {
    if (!isUsed(held)) continue;
    const size = askedFor(core, held.block);
    yield {
      ...held.info,
      size,
      tier: size <= TINY_MAX ? 'tiny' : size <= MID_MAX ? 'mid' : 'large',
    };
  }
}

/** The first byte of a freed block that was written to since; -1 when none was. */
export function writtenAfterFree(core: Core, block: Block, kind: number): number {
  const { address } = block;
  // The underlying allocator keeps its mark in a free block's first word.
  const but = kind === RELEASED ? MARK_BYTES : 0;
  const end = address + askedFor(core, block);
  const written = firstDifference(core.cells, address + but, end, FILL_FREED);
  return written >= 0 ? written : overrunOf(core, block, but);
}

/** What is wrong with the contents around and in every block, a sentence each. */
export function* damages(core: Core): IterableIterator<string> {
  const held = new Set<number>();
  for (const { block, kind } of heldBlocks(core)) {
    held.add(block.address);
    if (kind === BARE) continue;
    if (kind === LIVE || kind === BROKEN) {
      const written = overrunOf(core, block);
      if (written >= 0 || kind !== LIVE) yield overrun(core, block, written);
    } else {
      const written = writtenAfterFree(core, block, kind);
      if (written >= 0) yield late(block, written);
    }
  }
  for (const block of freeBlocks(core, held)) {
    if (stateOf(core, block).kind !== RELEASED) continue;
    const written = writtenAfterFree(core, block, RELEASED);
    if (written >= 0) yield late(block, written);
  }
}

function overrun(core: Core, block: Block, written: number): string {
  const where = written >= 0 ? `byte ${written - block.address}` : 'its trailer';
  return `the block at ${block.address} of ${askedFor(core, block)} bytes was written behind its end, at ${where}`;
}

function late(block: Block, written: number): string {
  return `the free block at ${block.address} was written to, at byte ${written - block.address}`;
}

/** Blocks of slabs that are not among those held. */
function* freeBlocks(core: Core, held: ReadonlySet<number>): IterableIterator<Block> {
  for (const { slab } of slabsOf(core)) {
    const d = descriptorOf(slab);
    const bytes = CLASS_BYTES[core.cells[d + D_CLASS] & 63];
    for (let index = 0; index < core.cells[d + D_CARVED] && bytes > 0; index++) {
      const address = slab * SLAB_BYTES + index * bytes;
      if (!held.has(address)) yield blockAt(core, address, bytes);
    }
  }
}
