/** Slabs without an owner: left, adopted, settled, released. */
import { SLAB_ORPHAN } from '../../../src/base/layout.js';
import { H_ORPHAN_CLASSES, H_ORPHAN_SUPERSLABS } from '../../../src/base/offsets.js';
import { CLASS_BYTES, classOf } from '../../../src/base/sizeclass.js';
import { giveBack } from '../../../src/cache/giveback.js';
import { adoptSlab, orphanSlab, settleOrphans } from '../../../src/cache/orphans.js';
import { eachOwned } from '../../../src/cache/slabs.js';
import {
  flush,
  give,
  handOver,
  type Scenario,
  takeMany,
  type Thread,
  type World,
} from './scenario.js';

const CLASS = classOf(16384);
const SIZE = CLASS_BYTES[CLASS]!;
/** Another class, whose orphans stand in the same SuperSlab. */
const OTHER_CLASS = classOf(8192);

function giveThrough(thread: Thread): void {
  give(thread, thread.held[0]!);
  giveBack(thread.core, CLASS, 1);
}

/** Leaves all slabs to whoever wants them. */
function leave(thread: Thread): void {
  eachOwned(thread.core, orphanSlab);
}

function adopt(thread: Thread): void {
  adoptOf(thread, CLASS);
}

function adoptOf(thread: Thread, sizeClass: number): void {
  thread.results.push(adoptSlab(thread.core, sizeClass) ? 1 : 0);
}

/** `from` fills slabs with `blocks` blocks in use and keeps nothing cached. */
function use(from: Thread, blocks: number): void {
  takeMany(from, blocks, SIZE);
  flush(from);
}

/** Whoever finds out that all blocks of an orphan are back releases it. */
function noOrphan({ keeper: { core } }: World): string | undefined {
  for (let slab = core.geometry.firstSlab; slab < core.slabs; slab++) {
    if (core.cells[core.states + slab] === SLAB_ORPHAN) return `slab ${slab} is empty and was left`;
  }
  return undefined;
}

/** An orphan can be found: by the bit of its SuperSlab, and by the word of its class. */
function hinted({ keeper: { core } }: World): string | undefined {
  const { cells, header, states } = core;
  for (let slab = core.geometry.firstSlab; slab < core.slabs; slab++) {
    if (cells[states + slab] !== SLAB_ORPHAN) continue;
    const superSlabs = cells[header + H_ORPHAN_SUPERSLABS + (slab >>> 10)]!;
    const found = cells[header + H_ORPHAN_CLASSES + CLASS] !== 0;
    if (!found || (superSlabs & (1 << ((slab >>> 5) & 31))) === 0) {
      return `slab ${slab} is an orphan that nobody will find`;
    }
  }
  return undefined;
}

export const orphans: readonly Scenario[] = [
  {
    name: 'two threads adopt one orphan',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 1);
      leave(threads[0]!);
    },
    threads: [adopt, adopt],
    check: ({ threads }) =>
      threads.some(({ results }) => results[0] === 1) ? undefined : 'nobody got the orphan',
  },
  {
    name: 'the last block comes back while its slab is left',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 1);
      handOver(threads[0]!, threads[1]!, 1);
    },
    threads: [leave, giveThrough],
    check: noOrphan,
  },
  {
    name: 'adoption while the last block comes back',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 1);
      leave(threads[0]!);
      handOver(threads[0]!, threads[1]!, 1);
    },
    threads: [adopt, giveThrough],
  },
  {
    name: 'a slab is left while another thread looks for orphans',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 1);
      use(threads[2]!, 1);
      leave(threads[2]!);
    },
    threads: [leave, adopt, adopt],
    check: hinted,
  },
  {
    name: 'a slab is left while others clear stale hints of its class and of another',
    of: 'slab adoption',
    prepare({ threads, keeper }) {
      use(threads[0]!, 1);
      takeMany(threads[1]!, 1, CLASS_BYTES[OTHER_CLASS]!);
      flush(threads[1]!);
      leave(threads[1]!);
      adoptOf(keeper, OTHER_CLASS);
    },
    threads: [
      leave,
      (t) => {
        adoptOf(t, OTHER_CLASS);
      },
      adopt,
    ],
    check: hinted,
  },
  {
    name: 'left, adopted, left again',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 1);
    },
    threads: [
      leave,
      (t) => {
        adopt(t);
        leave(t);
      },
    ],
  },
  {
    name: 'two threads settle what a third one frees into',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[2]!, 2);
      leave(threads[2]!);
      handOver(threads[2]!, threads[0]!, 1);
    },
    threads: [
      giveThrough,
      (t) => {
        settleOrphans(t.core);
      },
      giveThrough,
    ],
  },
  {
    name: 'one looks for orphans while another settles one that stays',
    of: 'slab adoption',
    prepare({ threads }) {
      use(threads[0]!, 2);
      leave(threads[0]!);
      handOver(threads[0]!, threads[1]!, 1);
    },
    threads: [adopt, giveThrough],
    check: hinted,
  },
];
