/**
 * Figures of a heap, summed from plain cells of all threads on request.
 *
 * @atomics cold CORRECTNESS: bounds and states that others publish decide which plain figures are
 *   summed.
 */
import { acquire } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import {
  H_CAPACITY,
  H_GROWTHS,
  DESCRIPTORS_KIB,
  H_PEAK,
  R_LARGE_BYTES_IN,
  R_LARGE_BYTES_OUT,
  R_STATE,
} from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  SLAB_BYTES,
  SLAB_CACHED,
  SLAB_FREE,
  SLAB_KIB,
} from '../base/layout.js';
import { CLASS_BYTES, CLASS_COUNT } from '../base/sizeclass.js';
import {
  attachedThreads,
  cachedBlocks,
  classFigures,
  largeFigures,
  RECORD_FREE,
  RECORD_RECLAIMING,
  recordKind,
  recordOf,
  threadFigures,
  type Figures,
} from '../thread/record.js';
import { keptSlabs } from '../superslab/runcache.js';
import { spilledOf } from './census.js';
import { printedUncounted } from './print.js';
import { telemetryOf } from './telemetry/read.js';
import type { Telemetry } from './telemetry/types.js';

/** One attached thread, since it attached. Figures of other threads may be a moment old. */
export interface ThreadStats extends Readonly<Figures> {
  readonly threadId: number;
  readonly state: 'attached' | 'reclaiming';
  /** Blocks handed out to this thread. */
  readonly mallocs: number;
  /** Blocks that this thread freed. */
  readonly frees: number;
  /** Blocks that this thread put back into slabs of another thread, or of none. */
  readonly remoteFrees: number;
  /** Times that a cache was empty. */
  readonly refills: number;
  /** Times that a full cache gave a batch away. */
  readonly spills: number;
}

/** Figures of a heap. While other threads work, each may be a moment old, and not the same moment. */
export interface HeapStats {
  /** The part of the buffer that the heap may use now; never older than this thread's last call. */
  readonly capacityBytes: number;
  /** What the heap may grow to. */
  readonly maximumBytes: number;
  /**
   * Slabs and runs that are owned, with the tables that serve them and 20 KiB for the descriptors of
   * each SuperSlab in use: the rest of their slab is never touched.
   */
  readonly slabBytesInUse: number;
  /** The most that `slabBytesInUse` ever was. */
  readonly peakSlabBytesInUse: number;
  /**
   * The heap's own part of both: header, queues, records in use; 12 bytes a slab and 8 a SuperSlab
   * come on top.
   */
  readonly metadataBytes: number;
  /** Blocks in use, and their usable sizes. */
  readonly liveBlocks: number;
  readonly liveBytes: number;
  /** Free blocks in threads' caches and in spill queues, and runs in run caches and in the BigCache. */
  readonly cachedBytes: number;
  /** Times that the capacity rose. */
  readonly growths: number;
  readonly threads: readonly ThreadStats[];
  /** What diagnostic builds count; `'not compiled'` where the flag is off, as all are in `hakmem`. */
  readonly telemetry: Telemetry;
}

export function statsOf(core: Core): HeapStats {
  const { cells, doubles, header, geometry } = core;
  const capacity = acquire(cells, header + H_CAPACITY);
  const records = core.recordsUsed;
  const slabs = slabsInUse(core, capacity);
  const metadataBytes = metadataOf(core);
  let liveBlocks = 0;
  let liveBytes = 0;
  let cachedBytes = slabs.cached * SLAB_BYTES;
  const threads: ThreadStats[] = [];
  for (let thread = 0; thread < records; thread++) {
    const record = recordOf(core, thread);
    const keptBytes = keptSlabs(core, record) * SLAB_BYTES;
    liveBlocks += largeFigures(core, record).live;
    liveBytes +=
      doubles[(record + R_LARGE_BYTES_IN) >>> 1] -
      doubles[(record + R_LARGE_BYTES_OUT) >>> 1] -
      keptBytes;
    cachedBytes += keptBytes;
    for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
      const { live } = classFigures(core, record, sizeClass);
      liveBlocks += live;
      liveBytes += live * CLASS_BYTES[sizeClass];
      cachedBytes += cachedBlocks(core, record, sizeClass) * CLASS_BYTES[sizeClass];
    }
    const kind = recordKind(acquire(cells, record + R_STATE));
    if (kind === RECORD_FREE) continue;
    const state = kind === RECORD_RECLAIMING ? 'reclaiming' : 'attached';
    threads.push({ threadId: thread, state, ...threadFigures(core, record) });
  }
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    cachedBytes += [...spilledOf(core, sizeClass)].length * CLASS_BYTES[sizeClass];
  }
  const telemetry = telemetryOf(core);
  const slabBytesInUse = slabs.inUse * 1024 + metadataBytes;
  const peak = acquire(cells, header + H_PEAK) * 1024 + metadataBytes;
  return {
    capacityBytes: capacity * SLAB_BYTES - geometry.baseSlab * SLAB_BYTES,
    maximumBytes: (geometry.maxSlabs - geometry.baseSlab) * SLAB_BYTES,
    slabBytesInUse,
    peakSlabBytesInUse: Math.max(peak, slabBytesInUse),
    metadataBytes,
    liveBlocks,
    liveBytes,
    cachedBytes,
    growths: acquire(cells, header + H_GROWTHS),
    threads,
    telemetry: FLAGS.LAYOUT_BITS === 0 ? printedUncounted(telemetry) : telemetry,
  };
}

/** KiB neither free nor kept by the BigCache, with the descriptors they need, and slabs it keeps. */
function slabsInUse(core: Core, capacity: number): { inUse: number; cached: number } {
  const { cells, states, geometry } = core;
  let inUse = 0;
  let cached = 0;
  let described = -1;
  let skipTo = 0;
  for (let slab = geometry.firstSlab; slab < capacity; slab++) {
    if (slab < skipTo) continue;
    const state = acquire(cells, states + slab);
    const kind = state & KIND;
    if (kind === SLAB_FREE) continue;
    if (kind === SLAB_CACHED) {
      const slabs = state >>> ARGUMENT_SHIFT;
      cached += slabs;
      skipTo = slab + slabs;
      continue;
    }
    inUse += SLAB_KIB;
    // The first slab in use of a SuperSlab brings its descriptors; slab 0 itself counts as a slab.
    const superSlab = slab >>> 5;
    if (superSlab !== described && (slab & 31) !== 0 && superSlab !== geometry.baseSlab >>> 5)
      inUse += DESCRIPTORS_KIB;
    described = superSlab;
  }
  return { inUse, cached };
}

function metadataOf(core: Core): number {
  const { geometry } = core;
  const queues = geometry.records - geometry.queues;
  return SLAB_BYTES + (queues + attachedThreads(core) * geometry.recordCells) * 4;
}
