/**
 * verify: walks all metadata and checks the invariants that the headers of the modules state. It
 * only reads, trusts nothing that it reads, and visits each cell a bounded number of times.
 *
 * @atomics cold CORRECTNESS: the creator publishes the magic last, so the rest is read after it.
 */
import { acquire } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { headerCheck } from '../base/geometry.js';
import { H_CHECK, H_MAGIC, HEAP_MAGIC } from '../base/offsets.js';
import { CLASS_COUNT } from '../base/sizeclass.js';
import { classFigures, largeFigures, recordOf } from '../thread/record.js';
import { checkBigCache, checkHints, checkRuns } from './verify-pool.js';
import { checkSlabs } from './verify-slabs.js';
import { checkQueues, checkThreads } from './verify-threads.js';
import { Walk } from './walk.js';

/** What `verify` found. */
export interface HeapReport {
  /** True when there is no problem. */
  readonly ok: boolean;
  /** What is wrong and where, a sentence each; at most 100. */
  readonly problems: readonly string[];
  /** What the walk met: blocks in use, runs of slabs cut into blocks, Large blocks, free slabs. */
  readonly blocksInUse: number;
  readonly slabs: number;
  readonly largeBlocks: number;
  readonly freeSlabs: number;
}

export function verifyHeap(core: Core): HeapReport {
  const walk = new Walk(core);
  const { cells, header } = core;
  walk.check(
    acquire(cells, header + H_MAGIC) === HEAP_MAGIC &&
      cells[header + H_CHECK] === headerCheck(cells, header),
    () => 'the header is damaged',
  );
  checkThreads(walk);
  checkQueues(walk);
  checkRuns(walk);
  checkSlabs(walk);
  checkHints(walk);
  checkBigCache(walk);
  checkFigures(walk);
  return {
    ok: walk.problems.length === 0,
    problems: walk.problems,
    blocksInUse: walk.inUse.reduce((sum, blocks) => sum + blocks, 0),
    slabs: walk.slabs,
    largeBlocks: walk.inUse[0],
    freeSlabs: walk.freeSlabs,
  };
}

/** The blocks that the threads' figures say are in use are those that the walk found. */
function checkFigures(walk: Walk): void {
  checkLargeFigures(walk);
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    let live = 0;
    for (let thread = 0; thread < walk.records; thread++) {
      live += classFigures(walk.core, recordOf(walk.core, thread), sizeClass).live;
    }
    walk.check(
      live === walk.inUse[sizeClass],
      () => `class ${sizeClass}: ${walk.inUse[sizeClass]} blocks in use, figures say ${live}`,
    );
  }
}

/** The same of the Large blocks above the classes. */
function checkLargeFigures(walk: Walk): void {
  const { core } = walk;
  let live = 0;
  for (let thread = 0; thread < walk.records; thread++) {
    live += largeFigures(core, recordOf(core, thread)).live;
  }
  walk.check(
    live === walk.inUse[0],
    () => `${walk.inUse[0]} Large blocks in use, figures say ${live}`,
  );
}
