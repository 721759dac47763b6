import { expect } from 'vitest';
import type { Arena, ArenaMark, Heap } from '../../../src/index.js';
import { expectSound, KiB, MiB } from '../../support/heaps.js';
import { DisjointIntervals } from '../../support/intervals.js';
import { fillPattern, hasPattern } from '../../support/pattern.js';

export interface ModelBlock {
  ptr: number;
  size: number;
  usable: number;
  tag: number;
}

export interface ModelArena {
  readonly arena: Arena;
  readonly pieces: { readonly ptr: number; readonly size: number; readonly tag: number }[];
  readonly marks: {
    readonly mark: ArenaMark;
    readonly pieces: number;
    readonly allocatedBytes: number;
  }[];
}

/** What a heap must hold, in the plainest form: a list of blocks and a list of arenas. */
export class HeapModel {
  readonly blocks: ModelBlock[] = [];
  readonly arenas: ModelArena[] = [];
  readonly #intervals = new DisjointIntervals();
  #nextTag = 1;
  #steps = 0;

  constructor(readonly heap: Heap) {}

  nextTag(): number {
    return this.#nextTag++;
  }

  /** Takes a block into the list that the heap just gave, or accepts that it gave none. */
  add(ptr: number, size: number, alignment = 16): void {
    if (ptr === 0) {
      this.#expectFull(size);
      return;
    }
    const { heap } = this;
    expect(ptr % Math.max(alignment, 16)).toBe(0);
    const usable = heap.usableSize(ptr);
    expect(usable).toBeGreaterThanOrEqual(size);
    expect(ptr + usable).toBeLessThanOrEqual(heap.u8.length);
    expect(heap.owns(ptr)).toBe(true);
    this.#intervals.add(ptr, ptr + Math.max(usable, 1));
    const block = { ptr, size, usable, tag: this.nextTag() };
    fillPattern(heap, ptr, usable, block.tag);
    this.blocks.push(block);
  }

  /** The block at that place of the list, counted round and round; undefined when there is none. */
  pick(place: number): ModelBlock {
    return this.blocks[place % this.blocks.length]!;
  }

  /** Strikes a block off the list; its contents must be whole to the end. */
  remove(block: ModelBlock): void {
    this.expectWhole(block);
    this.#strike(block);
  }

  /** A block went elsewhere, or stayed, and has another size. */
  move(block: ModelBlock, ptr: number, size: number): void {
    this.#strike(block);
    this.add(ptr, size);
  }

  expectWhole({ ptr, usable, tag }: ModelBlock): void {
    if (!hasPattern(this.heap, ptr, usable, tag)) {
      throw new Error(`the contents of the block at ${ptr} (${usable} bytes) have changed`);
    }
  }

  /** One step is over; every now and then everything is compared. */
  stepDone(): void {
    this.#steps += 1;
    if (this.#steps % 24 === 0) this.compare();
  }

  /** Compares the whole heap with the model. */
  compare(): void {
    const { heap, blocks, arenas } = this;
    expectSound(heap);
    const listed = new Map([...heap.blocks()].map((block) => [block.ptr, block.size]));
    for (const block of blocks) {
      this.expectWhole(block);
      expect(listed.get(block.ptr)).toBe(block.usable);
      listed.delete(block.ptr);
      expect(heap.usableSize(block.ptr)).toBe(block.usable);
    }
    const chunks = [...listed];
    if (arenas.length === 0) expect(chunks).toEqual([]);
    for (const modelArena of arenas) this.#compareArena(modelArena, chunks);

    const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
    const { liveBlocks, liveBytes, slabBytesInUse, capacityBytes } = heap.stats();
    expect(liveBlocks).toBe(blocks.length + chunks.length);
    expect(liveBytes).toBe(
      sum(blocks.map(({ usable }) => usable)) + sum(chunks.map(([, size]) => size)),
    );
    expect(slabBytesInUse).toBeGreaterThanOrEqual(liveBytes);
    expect(capacityBytes).toBeGreaterThanOrEqual(slabBytesInUse);
  }

  /** Frees all there is, and expects the heap to be empty. */
  clear(): void {
    this.compare();
    for (const { arena } of this.arenas.splice(0)) arena.dispose();
    for (const block of [...this.blocks]) {
      this.remove(block);
      this.heap.free(block.ptr);
    }
    this.compare();
    this.heap.flush();
    this.compare();
  }

  #strike(block: ModelBlock): void {
    this.#intervals.remove(block.ptr);
    const last = this.blocks.pop()!;
    if (last !== block) this.blocks[this.blocks.indexOf(block)] = last;
  }

  #compareArena({ arena, pieces }: ModelArena, chunks: [ptr: number, size: number][]): void {
    const taken = new DisjointIntervals();
    let bytes = 0;
    for (const { ptr, size, tag } of pieces) {
      if (!hasPattern(this.heap, ptr, size, tag)) {
        throw new Error(`the contents of the arena's piece at ${ptr} have changed`);
      }
      if (size === 0) continue;
      taken.add(ptr, ptr + size);
      bytes += size;
      const inside = chunks.some(([start, length]) => start <= ptr && ptr + size <= start + length);
      expect(inside, `a piece at ${ptr} outside of every chunk`).toBe(true);
    }
    expect(arena.allocatedBytes).toBeGreaterThanOrEqual(bytes);
  }

  /** Small blocks must be there while slabs are; larger ones may lack a run of slabs. */
  #expectFull(size: number): void {
    const { slabBytesInUse, maximumBytes } = this.heap.stats();
    if (size <= 32 * KiB) expect(slabBytesInUse).toBeGreaterThan(maximumBytes - 4 * MiB);
  }
}
