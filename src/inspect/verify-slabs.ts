/**
 * verify: the descriptors of slabs cut into blocks.
 *
 * @atomics cold CORRECTNESS: compares remote bits and their news as the owner would read them.
 */
import { acquire } from '../base/atomics.js';
import { population } from '../base/bits.js';
import {
  D_CARVED,
  D_CLASS,
  D_FREE,
  D_LOCAL,
  D_OWNER,
  D_REMOTE,
  D_SCAN,
  R_REMOTE_ANY,
  R_REMOTE_SLABS,
  R_REMOTE_SUPERSLABS,
} from '../base/offsets.js';
import { hasFreeMark, SLAB_BYTES } from '../base/layout.js';
import { CLASS_BYTES, CLASS_CAPACITY, CLASS_COUNT, CLASS_SLABS } from '../base/sizeclass.js';
import { descriptorOf, pageWord } from '../superslab/slab.js';
import { recordOf } from '../thread/record.js';
import { slabsOf } from './census.js';
import type { Walk } from './walk.js';

export function checkSlabs(walk: Walk): void {
  const waitingIn = waitingBySlab(walk);
  for (const { slab, owner } of slabsOf(walk.core)) {
    if ((slab & 31) === 0) {
      walk.check(false, () => `slab ${slab} holds descriptors and cannot hold blocks`);
      continue;
    }
    walk.slabs++;
    checkSlab(walk, slab, owner, waitingIn.get(slab) ?? []);
  }
}

/** Waiting blocks by the head of the run they lie in. */
function waitingBySlab(walk: Walk): Map<number, number[]> {
  const heads: number[] = [...slabsOf(walk.core)].map(({ slab }) => slab);
  const bySlab = new Map<number, number[]>(heads.map((slab) => [slab, []]));
  const most = Math.max(...CLASS_SLABS);
  for (const address of walk.waiting.keys()) {
    let slab = Math.floor(address / SLAB_BYTES);
    for (let back = 1; back < most && !bySlab.has(slab); back++) slab--;
    bySlab.get(slab)?.push(address);
  }
  return bySlab;
}

function checkSlab(walk: Walk, slab: number, owner: number, waiting: number[]): void {
  const { core } = walk;
  const { cells } = core;
  const d = descriptorOf(slab);
  const sizeClass = cells[d + D_CLASS];
  const carved = cells[d + D_CARVED];
  const place = `slab ${slab}`;
  if (sizeClass < 1 || sizeClass >= CLASS_COUNT) {
    walk.check(false, () => `${place} has no size class (${sizeClass})`);
    return;
  }
  if (carved < 0 || carved > CLASS_CAPACITY[sizeClass]) {
    walk.check(false, () => `${place} has carved ${carved} of ${CLASS_CAPACITY[sizeClass]} blocks`);
    return;
  }
  walk.check(cells[d + D_OWNER] === owner + 1, () => `${place} names another owner than its state`);
  walk.check(
    owner < 0 || walk.isAttached(owner),
    () => `${place} is owned by thread ${owner}, which is not attached`,
  );
  for (let rank = 0; rank < CLASS_SLABS[sizeClass]; rank++) {
    walk.check(
      cells[core.pageMap + slab + rank] === pageWord(sizeClass, carved, rank),
      () => `${place} and the page map disagree about slab ${slab + rank}`,
    );
  }
  let free = 0;
  let remote = 0;
  for (let word = 0; word * 32 < CLASS_CAPACITY[sizeClass]; word++) {
    const local = cells[d + D_LOCAL + word];
    const far = acquire(cells, d + D_REMOTE + word);
    const beyond = carved >= word * 32 + 32 ? 0 : carved <= word * 32 ? -1 : -1 << (carved & 31);
    walk.check(((local | far) & beyond) === 0, () => `${place} has bits for blocks not carved yet`);
    walk.check((local & far) === 0, () => `${place} has a block free twice in word ${word}`);
    walk.check(
      local === 0 || word >= cells[d + D_SCAN],
      () => `${place} has free blocks before the start of its search`,
    );
    if (far !== 0) checkNews(walk, slab, owner, word);
    checkMarks(walk, slab, word, (local | far) & ~beyond);
    free += population(local);
    remote += population(far);
  }
  walk.check(
    free === cells[d + D_FREE],
    () => `${place} counts ${cells[d + D_FREE]} free blocks and has ${free}`,
  );
  for (const address of waiting) {
    const index = (address - slab * SLAB_BYTES) / CLASS_BYTES[sizeClass];
    const word = index >>> 5;
    const bits = cells[d + D_LOCAL + word] | acquire(cells, d + D_REMOTE + word);
    walk.check(
      !Number.isInteger(index) || (bits & (1 << (index & 31))) === 0,
      () => `the block at ${address} is free in ${place} and in ${walk.waiting.get(address)}`,
    );
  }
  const inUse = carved - free - remote - waiting.length;
  walk.check(inUse >= 0, () => `${place} has more free blocks than blocks`);
  walk.inUse[sizeClass] += inUse;
}

/** Free blocks are marked, whoever freed them: by the mark a second free is found. */
function checkMarks(walk: Walk, slab: number, word: number, bits: number): void {
  const { cells } = walk.core;
  const bytes = CLASS_BYTES[cells[descriptorOf(slab) + D_CLASS]];
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    const index = word * 32 + 31 - Math.clz32(rest & -rest);
    const ptr = slab * SLAB_BYTES + index * bytes;
    walk.check(
      hasFreeMark(cells, ptr),
      () => `the block at ${ptr}, free in its slab, has lost its mark: written to after free?`,
    );
  }
}

/** Blocks freed remotely are announced: in the slab's summary, and to its owner. */
function checkNews(walk: Walk, slab: number, owner: number, word: number): void {
  const { core } = walk;
  const { cells } = core;
  const summary = acquire(cells, core.geometry.summaries + slab);
  walk.check(
    (summary & (1 << (word >>> 2))) !== 0,
    () => `slab ${slab} has remote frees that its summary leaves out`,
  );
  if (!walk.isAttached(owner)) return;
  const record = recordOf(core, owner);
  const superSlab = slab >>> 5;
  const slabs = acquire(cells, record + R_REMOTE_SLABS + superSlab);
  const superSlabs = acquire(cells, record + R_REMOTE_SUPERSLABS + (superSlab >>> 5));
  walk.check(
    (slabs & (1 << (slab & 31))) !== 0 &&
      (superSlabs & (1 << (superSlab & 31))) !== 0 &&
      acquire(cells, record + R_REMOTE_ANY) !== 0,
    () => `slab ${slab} has remote frees that are not in the queue of thread ${owner}`,
  );
}
