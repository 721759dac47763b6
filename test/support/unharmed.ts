import { expect } from 'vitest';
import type { Arena, Heap } from '../../src/index.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  liveFigures,
  MiB,
  mustMalloc,
  sizesOfAllTiers,
} from './heaps.js';
import { fillPattern, hasPattern } from './pattern.js';

/** A heap with a block of every kind in it, for calls that must change nothing. */
export class Scene {
  readonly heap: Heap;
  readonly arena: Arena;
  readonly blocks: readonly { readonly ptr: number; readonly size: number }[];

  constructor(heap: Heap = createHeap({ maximumBytes: 64 * MiB })) {
    this.heap = heap;
    this.blocks = sizesOfAllTiers.map((size) => {
      const ptr = mustMalloc(heap, size);
      fillPattern(heap, ptr, size, size);
      return { ptr, size };
    });
    this.arena = heap.arena();
    this.arena.alloc(100);
  }

  /** A block in use, somewhere in the middle of its slab. */
  get block(): number {
    return this.blocks[3]!.ptr;
  }

  /** Runs calls that must change nothing, and expects that they did not. */
  expectUnharmed(calls: () => void): void {
    const { heap } = this;
    const figures = { ...liveFigures(heap), inArena: this.arena.allocatedBytes };
    calls();
    expectSound(heap);
    expect({ ...liveFigures(heap), inArena: this.arena.allocatedBytes }).toEqual(figures);
    for (const { ptr, size } of this.blocks) {
      expect(heap.owns(ptr)).toBe(true);
      expect(hasPattern(heap, ptr, size, size)).toBe(true);
    }
    expectWorking(heap);
  }

  /** Frees everything, which must all still be there to free. */
  clear(): void {
    this.arena.dispose();
    for (const { ptr } of this.blocks) this.heap.free(ptr);
    expect(liveFigures(this.heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
    expectSound(this.heap);
  }
}
