/** What a pointer that a program hands over is, and the error that tells what is wrong with it. */
import type { Core } from '../base/core.js';
import { doubleFree, type HakmemError, invalidPointer } from '../base/errors.js';
import { SLAB_BYTES, SLAB_SHIFT } from '../base/layout.js';
import { CLASS_BYTES, classOfPage } from '../base/sizeclass.js';
import { runAround, runSlabs } from '../large/run.js';
import { FREE_ALREADY, INSIDE, route, usableBytes } from '../route.js';
import { headOf } from '../superslab/slab.js';
import { historyOf, withHistory } from './history.js';
import type { Sites } from './sites.js';
import {
  allocatedBy,
  askedFor,
  BARE,
  type Block,
  blockAt,
  BROKEN,
  LIVE,
  overrunOf,
  RELEASED,
  setState,
  stateOf,
  writeTrailer,
} from './trailer.js';

/** A block in use, with its size class or `LARGE_CLASS`. */
export interface Used {
  readonly block: Block;
  readonly routed: number;
}

interface Routes {
  routed(target: unknown): number;
}

/** The block in use that starts at a number. @throws what is wrong with the number or the block */
export function findUsed(core: Core, sites: Sites, raw: Routes, ptr: number): Used {
  const told = tell(core, sites, ptr);
  if (told) throw told;
  const routed = raw.routed(ptr);
  const block = blockAt(core, ptr, usableBytes(core, ptr, routed));
  const { kind } = stateOf(core, block);
  if (kind === BARE || kind === RELEASED) {
    throw invalidPointer(ptr, 'the thread that was to get this block ended before it did');
  }
  if (kind !== LIVE && kind !== BROKEN) throw refuseFree(core, sites, block);
  const written = overrunOf(core, block);
  if (written < 0 && kind === LIVE) return { block, routed };
  // Another thread may have freed it since its state was read.
  const { kind: present } = stateOf(core, block);
  if (present !== LIVE && present !== BROKEN) throw refuseFree(core, sites, block);
  throw overrun(core, sites, block, written);
}

/** A double free, with who freed the block before. */
export function refuseFree(core: Core, sites: Sites, block: Block): HakmemError {
  const sentence = doubleFree(block.address).message;
  return withHistory('ERR_DOUBLE_FREE', block.address, sentence, historyOf(core, sites, block));
}

/** The error for a freed block that was written to at an address; none for -1. */
export function lateWrite(
  core: Core,
  sites: Sites,
  block: Block,
  written: number,
): HakmemError | undefined {
  if (written < 0) return undefined;
  const { address } = block;
  return withHistory(
    'ERR_WRITE_AFTER_FREE',
    address,
    `the free block at ${address} was written to, at byte ${written - address}`,
    historyOf(core, sites, block),
  );
}

/** The error for a block that was written behind its end, whose canaries stand again afterwards. */
function overrun(core: Core, sites: Sites, block: Block, written: number): HakmemError {
  const size = askedFor(core, block);
  const where = written < 0 ? 'in its trailer' : `at byte ${written - block.address}`;
  const error = withHistory(
    'ERR_BLOCK_OVERRUN',
    block.address,
    `the block at ${block.address} of ${size} bytes was written behind its end, ${where}`,
    historyOf(core, sites, block),
  );
  writeTrailer(core, block, size, Math.max(0, allocatedBy(core, block)));
  setState(core, block, LIVE, 0);
  return error;
}

/** The block of a run that an address points into. */
function blockAround(core: Core, address: number): Block | undefined {
  const slab = address >>> SLAB_SHIFT;
  const large = runAround(core, slab);
  if (large !== 0) return blockAt(core, large * SLAB_BYTES, runSlabs(core, large) * SLAB_BYTES);
  const head = headOf(core, slab);
  const bytes = CLASS_BYTES[classOfPage(core.cells[core.pageMap + head])];
  if (bytes === 0) return undefined;
  const first = head * SLAB_BYTES;
  return blockAt(core, first + Math.floor((address - first) / bytes) * bytes, bytes);
}

/** An error for a number that is no block in use, where a block's history adds to it. */
function tell(core: Core, sites: Sites, ptr: unknown): HakmemError | undefined {
  const routed = route(core, ptr);
  if (routed !== INSIDE && routed !== FREE_ALREADY) return undefined;
  const address = ptr as number;
  const block = blockAround(core, address);
  if (!block) return undefined;
  const start = block.address;
  const { kind } = stateOf(core, block);
  if (routed === FREE_ALREADY) {
    return kind === RELEASED ? refuseFree(core, sites, block) : undefined;
  }
  if (kind === BARE || kind === BROKEN) return undefined;
  return withHistory(
    'ERR_INVALID_POINTER',
    address,
    `${address} is not a block: it lies ${address - start} bytes into the block at ${start}`,
    historyOf(core, sites, block),
  );
}
