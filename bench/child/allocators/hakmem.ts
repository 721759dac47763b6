import { Heap, type HeapHandle, type HeapOptions } from '../../../src/index.js';
import { AddressedMemory, type Instance, type InstanceOptions } from './instance.js';

/** The library itself, without anything between it and the workload. */
export function hakmem(options: InstanceOptions): Instance {
  const { bytes, prewarm, threads, handle } = options;
  const prewarmed = prewarm === undefined ? {} : { prewarm };
  const sizes: HeapOptions = { initialBytes: bytes, maximumBytes: bytes, ...prewarmed };
  const heap =
    handle === undefined
      ? Heap.create({ ...sizes, maxThreads: Math.max(64, threads + 2) })
      : Heap.attach(handle as HeapHandle, prewarmed);
  return {
    heap,
    memory: new AddressedMemory(heap.i32, heap.u8),
    handle: heap.handle,
    slots: (count) => new Uint32Array(count),
    check: () => {
      const { liveBlocks } = heap.stats();
      if (liveBlocks !== 0) throw new Error(`${liveBlocks} blocks were not freed`);
      const { ok, problems } = heap.verify();
      if (!ok) throw new Error(`the heap is damaged: ${problems.join('; ')}`);
    },
    [Symbol.dispose]: () => heap.detach(),
  };
}
