import type fc from 'fast-check';
import { expect } from 'vitest';
import type { Heap } from '../../../src/index.js';
import { codeOf } from '../../support/errors.js';
import { hasPattern, isZero } from '../../support/pattern.js';
import type { HeapModel } from './heap-model.js';

export type HeapCommand = fc.Command<HeapModel[], Heap[]>;
type Step = (model: HeapModel, heap: Heap) => void;

/** A command on one of the heaps; it runs only where `needs` finds what it works on. */
export function command(
  text: string,
  heapIndex: number,
  step: Step,
  needs: (model: HeapModel) => boolean = () => true,
): HeapCommand {
  const pick = (models: readonly HeapModel[]): HeapModel => models[heapIndex % models.length]!;
  return {
    check: (models) => needs(pick(models)),
    run(models) {
      const model = pick(models);
      step(model, model.heap);
      model.stepDone();
    },
    toString: () => `${heapIndex}: ${text}`,
  };
}

const hasBlocks = ({ blocks }: HeapModel): boolean => blocks.length > 0;

const viewTypes = [Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array] as const;

export const malloc = (at: number, size: number): HeapCommand =>
  command(`malloc(${size})`, at, (model, heap) => model.add(heap.malloc(size), size));

/** Many blocks of one size: through the cache, the refill, and into the next slab. */
export const burst = (at: number, size: number, count: number): HeapCommand =>
  command(`${count} times malloc(${size})`, at, (model, heap) => {
    for (let i = 0; i < count; i++) model.add(heap.malloc(size), size);
  });

export const calloc = (at: number, count: number, size: number): HeapCommand =>
  command(`calloc(${count}, ${size})`, at, (model, heap) => {
    const ptr = heap.calloc(count, size);
    if (ptr !== 0) expect(isZero(heap, ptr, count * size)).toBe(true);
    model.add(ptr, count * size);
  });

export const memalign = (at: number, alignment: number, size: number): HeapCommand =>
  command(`memalign(${alignment}, ${size})`, at, (model, heap) =>
    model.add(heap.memalign(alignment, size), size, alignment),
  );

export const view = (at: number, type: number, length: number, zeroed: boolean): HeapCommand =>
  command(`${zeroed ? 'callocAs' : 'mallocAs'}(${type}, ${length})`, at, (model, heap) => {
    const constructor = viewTypes[type % viewTypes.length]!;
    let ptr = 0;
    const code = codeOf(() => {
      const made = zeroed ? heap.callocAs(constructor, length) : heap.mallocAs(constructor, length);
      expect(made.length).toBe(length);
      ptr = made.byteOffset;
      if (zeroed) expect(isZero(heap, ptr, made.byteLength)).toBe(true);
    });
    expect(code).toBe(ptr === 0 ? 'ERR_HEAP_EXHAUSTED' : 'no error');
    model.add(ptr, length * constructor.BYTES_PER_ELEMENT);
  });

export const realloc = (at: number, place: number, size: number): HeapCommand =>
  command(
    `realloc(#${place}, ${size})`,
    at,
    (model, heap) => {
      const block = model.pick(place);
      const ptr = heap.realloc(block.ptr, size);
      if (ptr === 0) {
        model.expectWhole(block);
        return;
      }
      const kept = Math.min(block.size, size);
      expect(hasPattern(heap, ptr, kept, block.tag, block.usable)).toBe(true);
      if (ptr !== block.ptr) expect(heap.owns(block.ptr)).toBe(false);
      model.move(block, ptr, size);
    },
    hasBlocks,
  );

export const free = (at: number, place: number, asView: boolean): HeapCommand =>
  command(
    `free(#${place}${asView ? ' as a view' : ''})`,
    at,
    (model, heap) => {
      const block = model.pick(place);
      model.remove(block);
      if (asView) heap.free(heap.u8.subarray(block.ptr, block.ptr + block.size));
      else heap.free(block.ptr);
      expect(heap.owns(block.ptr)).toBe(false);
    },
    hasBlocks,
  );

export const freeMany = (at: number, place: number, count: number): HeapCommand =>
  command(
    `free(#${place} and ${count} others)`,
    at,
    (model, heap) => {
      for (let i = 0; i <= count && model.blocks.length > 0; i++) {
        const block = model.pick(place + 7 * i);
        model.remove(block);
        heap.free(block.ptr);
      }
    },
    hasBlocks,
  );

export const freeTwice = (at: number, place: number): HeapCommand =>
  command(
    `free(#${place}) twice`,
    at,
    (model, heap) => {
      const block = model.pick(place);
      model.remove(block);
      heap.free(block.ptr);
      for (const act of [() => heap.free(block.ptr), () => heap.realloc(block.ptr, 5)]) {
        expect(['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER']).toContain(codeOf(act));
      }
    },
    hasBlocks,
  );

/** A number that is no block: refused by everything, unless chance made it one. */
export const misuse = (at: number, address: number): HeapCommand =>
  command(`misuse of ${address}`, at, (model, heap) => {
    const isBlock = model.blocks.some(({ ptr }) => ptr === address);
    const mayBeChunk = model.arenas.length > 0 && heap.owns(address);
    if (isBlock || mayBeChunk || address === 0) return;
    expect(heap.owns(address)).toBe(false);
    for (const act of [
      () => heap.free(address),
      () => heap.realloc(address, 10),
      () => heap.usableSize(address),
    ]) {
      expect(['ERR_DOUBLE_FREE', 'ERR_INVALID_POINTER']).toContain(codeOf(act));
    }
  });

export const misuseInside = (at: number, place: number, offset: number): HeapCommand =>
  command(
    `misuse of #${place} + ${offset}`,
    at,
    (model, heap) => {
      const { ptr, usable } = model.pick(place);
      const address = ptr + 1 + (offset % Math.max(1, usable - 1));
      expect(heap.owns(address)).toBe(false);
      for (const act of [() => heap.free(address), () => heap.realloc(address, 10)]) {
        expect(codeOf(act)).toBe('ERR_INVALID_POINTER');
      }
    },
    (model) => hasBlocks(model),
  );

export const flush = (at: number): HeapCommand => command('flush()', at, (_, heap) => heap.flush());

export const compare = (at: number): HeapCommand =>
  command('compare', at, (model) => model.compare());
