/** What must hold after a death, once another thread has cleaned up. */
import { SLAB_BYTES, TRAILER_BYTES } from '../../src/base/layout.js';
import { R_STATE } from '../../src/base/offsets.js';
import type { Heap } from '../../src/index.js';
import { RECORD_FREE, recordKind } from '../../src/thread/record.js';
import { isGuarded, isWhole, type Ledger } from './stage.js';

/** Reclaims every thread but these, until none is left; whoever dies while reclaiming included. */
export function reclaimAllBut(heap: Heap, alive: readonly number[]): void {
  const dead = heap.stats().threads.filter(({ threadId }) => !alive.includes(threadId));
  for (const { threadId, state } of dead) {
    // One that is being reclaimed comes back with the reclaim of the thread that was at it.
    if (state === 'attached') heap.reclaim(threadId);
  }
  for (const { threadId } of dead) {
    try {
      heap.reclaim(threadId);
      throw new Error(`thread ${threadId} could be reclaimed twice`);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_THREAD')) {
        throw error;
      }
    }
  }
  const left = heap.stats().threads.filter(({ threadId }) => !alive.includes(threadId));
  check(left.length === 0, () => `threads ${left.map((t) => t.threadId).join()} are still there`);
}

/** Everything that must hold once the dead are reclaimed and nobody else is inside the heap. */
export function checkAfterReclaim(
  heap: Heap,
  ledger: Ledger,
  others: readonly Heap[],
  fillSmall: boolean,
): void {
  expectSound(heap, 'after reclaim');
  checkBlocks(heap, ledger);
  let turn = 0;
  const hands = [heap, ...others];
  for (const { ptr } of [...heap.blocks()]) hands[turn++ % hands.length]!.free(ptr);
  for (const other of others) other.detach();
  heap.flush();
  expectSound(heap, 'with every block free');
  const { liveBlocks, cachedBytes, capacityBytes, threads } = heap.stats();
  check(threads.length === 1, () => `${threads.length} threads instead of one`);
  check(liveBlocks === 0, () => `${liveBlocks} blocks in use with none in use`);
  check(cachedBytes === 0, () => `${cachedBytes} bytes cached after a flush`);
  const { geometry, cells } = heap['core'];
  for (let thread = 0; thread < geometry.maxThreads; thread++) {
    const state = cells[geometry.records + thread * geometry.recordCells + R_STATE]!;
    const free = recordKind(state) === RECORD_FREE;
    check(free || thread === heap.threadId, () => `record ${thread} is lost`);
  }
  const slabs = capacityBytes / SLAB_BYTES + geometry.baseSlab - geometry.firstSlab;
  const { freeSlabs } = heap.verify();
  check(freeSlabs === slabs, () => `${slabs - freeSlabs} slabs are lost`);
  checkFilling(heap, fillSmall);
  heap.detach();
}

function checkBlocks(heap: Heap, { live, pending }: Ledger): void {
  const goes = new Set(pending.map(({ goes }) => goes));
  let mayAppear = pending.filter(({ appears }) => appears).length;
  const found = new Set([...heap.blocks()].map(({ ptr }) => ptr));
  for (const [ptr, size] of live) {
    if (goes.has(ptr)) continue;
    check(found.has(ptr), () => `the block at ${ptr} (${size} bytes) is no longer in use`);
    check(isWhole(heap, ptr, size), () => `the block at ${ptr} (${size} bytes) was written to`);
    check(heap.usableSize(ptr) >= size, () => `the block at ${ptr} has become shorter`);
  }
  for (const ptr of found) {
    if (live.has(ptr) || mayAppear-- > 0) continue;
    check(false, () => `the block at ${ptr} is in use and nobody has it`);
  }
}

/**
 * Fills the heap to its last block: one block of a slab's size in every slab but those with descriptors,
 * and where `small` says so, with blocks of 16 bytes, 2048 in every slab; in the debug build with
 * blocks of 64 bytes, 512 in every slab, half of each its trailer.
 */
function checkFilling(heap: Heap, small: boolean): void {
  const { firstSlab, maxSlabs } = heap['core'].geometry;
  let slabs = 0;
  for (let slab = firstSlab; slab < maxSlabs; slab++) if (slab % 32 !== 0) slabs++;
  const trailer = isGuarded(heap) ? TRAILER_BYTES : 0;
  const least = trailer === 0 ? 16 : 64;
  const bytes = small ? least : SLAB_BYTES;
  const [size, fits] = [bytes - trailer, (slabs * SLAB_BYTES) / bytes];
  let blocks = 0;
  while (heap.malloc(size) !== 0) blocks++;
  check(blocks === fits, () => `${blocks} blocks of ${size} fill it, not ${fits}`);
}

function expectSound(heap: Heap, when: string): void {
  const { problems } = heap.verify();
  check(problems.length === 0, () => `${when}: ${problems.slice(0, 3).join('; ')}`);
}

function check(holds: boolean, sentence: () => string): void {
  if (!holds) throw new Error(sentence());
}
