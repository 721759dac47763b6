/**
 * Bugs that are planted to see that the search finds them: each is a change of exact texts in the
 * sources, made while they are on their way into the build, and names the structure that it breaks.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/bundle.mjs';
import { buildExplorer } from './stepping/build.mjs';

/**
 * @typedef {object} PlantedBug
 * @property {string} name
 * @property {string} of the structure whose scenarios are searched
 * @property {import('./stepping/build.mjs').Change[]} changes
 */

/** @param {string} name @param {string} of @param {string} file @param {...[string, string]} texts @returns {PlantedBug} */
const bug = (name, of, file, ...texts) => ({
  name,
  of,
  changes: texts.map(([from, to]) => ({ file: `src/${file}`, from, to })),
});

export const plantedBugs = [
  bug('a compare-and-exchange whose failure nobody looks at', 'slab acquire', 'superslab/pool.ts', [
    'if (claim(cells, states + slab, SLAB_FREE, mine)) continue;',
    'claim(cells, states + slab, SLAB_FREE, mine); continue;',
  ]),
  bug('a magazine published before its entries are written', 'spill queue', 'queue/spill.ts', [
    '    cells[slot + SLOT_TAKE_TOP] = 0;\n',
    '    cells[slot + SLOT_TAKE_TOP] = 0;\n    publish(cells, slot + SLOT_STATE, slotState(SLOT_FULL, blocks, 0));\n',
  ]),
  bug('a tag that wraps: the count of a record stands still', 'reclaim', 'thread/record.ts', [
    'recordState(RECORD_ATTACHED, by, count < COUNT_MASK ? count + 1 : 2)',
    'recordState(RECORD_ATTACHED, by, count)',
  ]),
  bug(
    'a queue that announces before it links',
    'remote free',
    'queue/remote.ts',
    [
      '    const superSlab = slab >>> 5;\n',
      '    const superSlab = slab >>> 5;\n    publish(cells, owner + R_REMOTE_ANY, 1);\n',
    ],
    ['    publish(cells, owner + R_REMOTE_ANY, 1);\n    if', '    if'],
  ),
  bug('a count lowered before the blocks are pushed', 'spill queue', 'queue/spill.ts', [
    '    for (let i = 0; i < blocks; i++) cells[slot + SLOT_ENTRIES + i] = cells[top - i];\n    cells[region] -= blocks;\n',
    '    cells[region] -= blocks;\n    for (let i = 0; i < blocks; i++) cells[slot + SLOT_ENTRIES + i] = cells[top - i];\n',
  ]),
  bug('a forgotten hint: orphans that nobody hears of', 'slab adoption', 'cache/orphans.ts', [
    '  leave(core, slab, d);\n  hintOrphan(core, slab);\n',
    '  leave(core, slab, d);\n',
  ]),
  bug('a drain that clears after it has read', 'remote free', 'superslab/slab.ts', [
    'const bits = takeAll(cells, d + D_REMOTE + word);',
    'const bits = acquire(cells, d + D_REMOTE + word); publish(cells, d + D_REMOTE + word, 0);',
  ]),
  bug('hints of a class that are not set again', 'slab adoption', 'cache/orphans.ts', [
    '      hintOrphansIn(core, superSlab);\n',
    '      if (orphansIn(core, superSlab)) setBits(cells, header + H_ORPHAN_SUPERSLABS + word, 1 << bit);\n',
  ]),
  bug('a release that leaves the page map', 'slab adoption', 'cache/slabs.ts', [
    '  cells.fill(0, pageMap + slab, pageMap + slab + slabs);\n',
    '',
  ]),
  bug(
    'news of a remote free before the free',
    'remote free',
    'superslab/slab.ts',
    [
      '  const was = setBitsAndLower(cells, cell, bits, stackCell, stack);\n',
      '  const news = setBits(cells, core.geometry.summaries + slab, 1 << (word >>> 2)) === 0;\n  const was = setBitsAndLower(cells, cell, bits, stackCell, stack);\n',
    ],
    [
      '  return setBits(cells, core.geometry.summaries + slab, 1 << (word >>> 2)) === 0;\n',
      '  return news;\n',
    ],
  ),
  bug('an orphan that is not looked at again', 'slab adoption', 'cache/orphans.ts', [
    '  if (acquire(cells, core.geometry.summaries + slab) !== 0) settleOrphan(core, slab);\n',
    '',
  ]),
  bug('an adoption by a store', 'slab adoption', 'cache/orphans.ts', [
    '  if (!claim(core.cells, core.states + slab, SLAB_ORPHAN, mine(core))) return false;\n',
    '  publish(core.cells, core.states + slab, mine(core));\n',
  ]),
  bug('a late hint that is not taken back', 'Large runs', 'superslab/pool.ts', [
    '      freed -= settleMask(core, slab);\n',
    '',
  ]),
  bug(
    'a growth that does not count what is claimed before its hints',
    'growth',
    'superslab/pool.ts',
    [
      '  account(core, added - hint(core, first, end - first));\n',
      '  hint(core, first, end - first);\n',
    ],
  ),
  bug('a slab 0 counted by who clears the last hint', 'Large runs', 'superslab/pool.ts', [
    '  let used = spareKib(first, count);\n  eachMask(first, count, (superSlab, mask) => {\n    used += unmark(core, superSlab, mask);\n',
    '  let used = 0;\n  eachMask(first, count, (superSlab, mask) => {\n    const more = unmark(core, superSlab, mask);\n    used += more > 31 * SLAB_KIB ? more + SPARE_KIB : more;\n',
  ]),
  bug('a claim in vain that leaves no hint', 'slab acquire', 'superslab/pool.ts', [
    'unclaim(core, undo);',
    'publish(cells, states + undo, SLAB_FREE);',
  ]),
  bug('a run released from its head on', 'runs of several slabs, reclaimed', 'superslab/pool.ts', [
    '  for (let slab = first + count - 1; slab >= first; slab--) {\n    publish(core.cells, core.states + slab, SLAB_FREE);',
    '  for (let slab = first; slab < first + count; slab++) {\n    publish(core.cells, core.states + slab, SLAB_FREE);',
  ]),
  bug(
    'a run published before its slabs are bound',
    'runs of several slabs, reclaimed',
    'cache/slabs.ts',
    [
      '  if (slabs > 1) bindRun(core, slab, slab + 1, slab + slabs);\n  openSlab(core, slab, sizeClass, takeVirginity(core, slab, slabs, false));\n',
      '  openSlab(core, slab, sizeClass, takeVirginity(core, slab, slabs, false));\n  if (slabs > 1) bindRun(core, slab, slab + 1, slab + slabs);\n',
    ],
  ),
  bug(
    'a claimed run of which the head alone is freed',
    'runs of several slabs, reclaimed',
    'thread/reclaim.ts',
    ['      count++;\n', '      break;\n'],
  ),
  bug('a cached run noted without a second look', 'BigCache', 'superslab/bigcache.ts', [
    'if (!isCached(core, entry) && takeSlot(core, cell, entry)) dropRun(core, slab, count);',
    'if (!isCached(core, entry)) claim(cells, cell, entry, 0);',
  ]),
  bug('a note of a run that outlives its taking', 'BigCache', 'superslab/bigcache.ts', [
    '  forget(core, entry);\n  return true;\n',
    '  return true;\n',
  ]),
  bug('a run taken from beneath its note', 'BigCache', 'superslab/bigcache.ts', [
    '  forget(core, slab | (count << RUN_SHIFT));\n  dropRun',
    '  dropRun',
  ]),
  bug('an entry that ends before its run is claimed', 'run cache', 'superslab/runcache.ts', [
    '    const won = claim(cells, states + slab, large, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));\n    cells[runs + 1] = cells[runs + count];\n    cells[runs] += ((entry >>> RUN_SHIFT) << RUNS_SHIFT) - 1;\n',
    '    cells[runs + 1] = cells[runs + count];\n    cells[runs] += ((entry >>> RUN_SHIFT) << RUNS_SHIFT) - 1;\n    const won = claim(cells, states + slab, large, SLAB_CLAIMED | (thread << ARGUMENT_SHIFT));\n',
  ]),
  bug('a growth that takes what it did not claim', 'realloc and calloc', 'large/run.ts', [
    '  if (claimSlabs(core, slab + has, wants - has) !== 0) return false;\n',
    '  claimSlabs(core, slab + has, wants - has);\n',
  ]),
  bug(
    'a calloc that takes every free mark for fresh memory',
    'realloc and calloc',
    'allocator.ts',
    [
      'const untouched = this.cells[block >>> 2] === (block ^ FREE_MARK ^ 1);',
      'const untouched = ((this.cells[block >>> 2] ^ block ^ FREE_MARK) & ~1) === 0;',
    ],
  ),
  bug('a Large block freed by a store', 'Large runs', 'large/run.ts', [
    'if (slabs === 0 || !claim(cells, states + slab, inUse, mine)) return false;',
    'if (slabs === 0) return false; publish(cells, states + slab, mine);',
  ]),
  bug(
    'a record taken by a store',
    'attach',
    'thread/record.ts',
    [
      '    if (!claim(cells, cell, state, attached)) continue;\n',
      '    publish(cells, cell, attached);\n',
    ],
    ['import { acquire, claim, raiseTo } from', 'import { acquire, claim, publish, raiseTo } from'],
  ),
  bug('a record given up before what it owns', 'attach', 'thread/detach.ts', [
    '  flushNoted(core);\n',
    '  publish(core.cells, core.record + R_STATE, recordState(RECORD_FREE, 0, 0));\n  flushNoted(core);\n',
  ]),
  bug('a plain read where an atomic one must be', 'magazine', 'queue/spill.ts', [
    'const state = acquire(core.cells, slot + SLOT_STATE);',
    'const state = core.cells[slot + SLOT_STATE];',
  ]),
  bug('a bit of the spill queue that is set too late', 'magazine', 'queue/spill.ts', [
    '    if (!isFull(cells, queue, index)) settleBit(cells, queue, index);\n    if',
    '    if',
  ]),
];

/** Pre-emptions and deaths of the searches, the cheap ones first: most bugs need few of either. */
const BOUNDS = /** @type {const} */ ([
  [1, 0],
  [0, 1],
  [2, 0],
  [1, 1],
  [3, 0],
]);

/** The most for one search: several times what any of the bugs takes. */
const EFFORT = { schedules: 100_000 };

/**
 * Searches the scenarios of a planted bug's structure until one shows it.
 *
 * @param {PlantedBug} planted
 * @returns {Promise<import('./engine/explore.js').Report | undefined>} the search that failed, with
 *   the schedules and seconds of all before it
 */
export async function search(planted) {
  const file = join(root, 'build', 'interleave', `planted-${plantedBugs.indexOf(planted)}.mjs`);
  await buildExplorer(file, planted.changes);
  const { Exploration, scenarios } = /** @type {typeof import('./engine/main.js')} */ (
    await import(pathToFileURL(file).href)
  );
  let [schedules, seconds] = [0, 0];
  for (const [bound, deaths] of BOUNDS) {
    for (const scenario of scenarios.filter(({ of }) => of.startsWith(planted.of))) {
      const report = new Exploration(scenario).exhaustive(bound, deaths, EFFORT);
      schedules += report.schedules;
      seconds += report.seconds;
      if (report.failure) return { ...report, schedules, seconds };
    }
  }
  return undefined;
}
