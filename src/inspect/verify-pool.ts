/**
 * verify: slab states, the runs they form, the hints about free slabs, and the BigCache.
 *
 * @atomics cold CORRECTNESS: compares states and hints as the pool itself would read them.
 */
import { acquire } from '../base/atomics.js';
import { BIGCACHE_SLOTS, D_CLASS, H_AVAILABLE, H_BIGCACHE } from '../base/offsets.js';
import {
  ARGUMENT_SHIFT,
  KIND,
  PAGE_LARGE,
  PAGE_SHIFT,
  RUN_SHIFT,
  RUN_SLAB,
  SLAB_CACHED,
  SLAB_CLAIMED,
  SLAB_FREE,
  SLAB_INNER,
  SLAB_LARGE,
  SLAB_ORPHAN,
  SLAB_OWNED,
  SLAB_RESERVED,
} from '../base/layout.js';
import { CLASS_SLABS } from '../base/sizeclass.js';
import { isNoted } from '../superslab/bigcache.js';
import { descriptorOf } from '../superslab/slab.js';
import type { Walk } from './walk.js';

/** Every slab has a state that makes sense, and every run is whole. */
export function checkRuns(walk: Walk): void {
  const { core } = walk;
  const { cells, states, geometry } = core;
  for (let slab = 0; slab < geometry.firstSlab; slab++) {
    walk.check(
      (acquire(cells, states + slab) & KIND) === SLAB_RESERVED && cells[core.pageMap + slab] === 0,
      () => `slab ${slab} is the heap's own and not marked so`,
    );
  }
  for (let slab = geometry.firstSlab; slab < walk.end;) slab += checkRun(walk, slab);
}

/** Checks what starts at a slab; returns how many slabs that is. */
function checkRun(walk: Walk, slab: number): number {
  const { core } = walk;
  const { cells, states } = core;
  const state = acquire(cells, states + slab);
  const argument = state >>> ARGUMENT_SHIFT;
  const page = cells[core.pageMap + slab];
  switch (state & KIND) {
    case SLAB_FREE:
      walk.freeSlabs++;
      walk.check(page === 0, () => `slab ${slab} is free, but the page map has it`);
      return 1;
    case SLAB_OWNED:
    case SLAB_ORPHAN: {
      const sizeClass = (slab & 31) === 0 ? 0 : cells[descriptorOf(slab) + D_CLASS] & 63;
      const slabs = Math.max(1, CLASS_SLABS[sizeClass]);
      checkInner(walk, slab, slabs, true);
      return slabs;
    }
    case SLAB_LARGE:
    case SLAB_CACHED: {
      const inUse = (state & KIND) === SLAB_LARGE;
      if (inUse && !walk.kept.has(slab)) walk.inUse[0]++;
      walk.check(
        page === (inUse ? PAGE_LARGE | (argument << PAGE_SHIFT) : PAGE_LARGE),
        () => `the Large run at slab ${slab} is not in the page map`,
      );
      const slabs = Math.max(1, Math.min(argument, walk.end - slab));
      walk.check(slabs === argument, () => `the run at slab ${slab} has ${argument} slabs`);
      checkInner(walk, slab, slabs, false);
      if ((state & KIND) === SLAB_CACHED) {
        walk.check(
          isNoted(core, slab, slabs),
          () => `the cached run at slab ${slab} is in no slot of the BigCache`,
        );
      }
      return slabs;
    }
    case SLAB_CLAIMED:
      walk.check(false, () => `slab ${slab} is in the hands of thread ${argument}`);
      return 1;
    default:
      walk.check(false, () => `slab ${slab} has state ${state}, which starts no run`);
      return 1;
  }
}

function checkInner(walk: Walk, head: number, slabs: number, paged: boolean): void {
  const { core } = walk;
  for (let k = 1; k < slabs && head + k < walk.end; k++) {
    const page = core.cells[core.pageMap + head + k];
    walk.check(
      acquire(core.cells, core.states + head + k) === (SLAB_INNER | (k << ARGUMENT_SHIFT)),
      () => `slab ${head + k} does not belong to the run at slab ${head} that covers it`,
    );
    walk.check(
      paged || page === 0,
      () => `slab ${head + k} inside the run at slab ${head} is wrong in the page map`,
    );
  }
}

/** The hints about free slabs say what the states say. */
export function checkHints(walk: Walk): void {
  const { core } = walk;
  const { cells, header, states, geometry } = core;
  for (let superSlab = geometry.baseSlab >>> 5; superSlab * 32 < geometry.maxSlabs; superSlab++) {
    let expected = 0;
    for (let slab = superSlab * 32 + 1; slab < superSlab * 32 + 32 && slab < walk.end; slab++) {
      const free = slab >= geometry.firstSlab && acquire(cells, states + slab) === SLAB_FREE;
      if (free) expected |= 1 << (slab & 31);
    }
    const mask = acquire(cells, core.freeMasks + superSlab);
    walk.check(
      mask === expected,
      () => `SuperSlab ${superSlab}: the mask of free slabs differs from their states`,
    );
    const available = acquire(cells, header + H_AVAILABLE + (superSlab >>> 5));
    walk.check(
      ((available & (1 << (superSlab & 31))) !== 0) === (mask !== 0),
      () => `SuperSlab ${superSlab}: the list of SuperSlabs with free slabs is wrong`,
    );
  }
}

/** Every slot of the BigCache names a cached run. */
export function checkBigCache(walk: Walk): void {
  const { core } = walk;
  for (let slot = 0; slot < BIGCACHE_SLOTS; slot++) {
    const entry = acquire(core.cells, core.header + H_BIGCACHE + slot);
    if (entry === 0) continue;
    const slab = entry & RUN_SLAB;
    const cached = SLAB_CACHED | ((entry >>> RUN_SHIFT) << ARGUMENT_SHIFT);
    walk.check(
      slab < walk.end && acquire(core.cells, core.states + slab) === cached,
      () => `slot ${slot} of the BigCache names slab ${slab}, which is no such run`,
    );
  }
}
