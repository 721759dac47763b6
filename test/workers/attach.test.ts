import { describe, expect, test } from 'vitest';
import { Heap } from '../../src/index.js';
import { Agent } from '../support/agent.js';
import { clone } from '../support/handles.js';
import {
  createHeap,
  expectSound,
  expectWorking,
  forThisTest,
  liveFigures,
  MiB,
  mustMalloc,
} from '../support/heaps.js';
import { hasPattern } from '../support/pattern.js';
import { instantiate, sharedMemory } from '../support/wasm-module.js';

const kinds = [
  ['a growable heap', () => createHeap()],
  ['a fixed heap', () => createHeap({ initialBytes: 16 * MiB, maximumBytes: 16 * MiB })],
  [
    'a heap in a WebAssembly.Memory',
    () => createHeap({ memory: sharedMemory(16 * MiB, 64 * MiB), maximumBytes: 64 * MiB }),
  ],
] as const;

describe.each(kinds)('%s', (_, create) => {
  test('comes to a worker in its workerData', async () => {
    const heap = create();
    const agent = new Agent(heap.handle);
    const parcels = await agent.call('alloc', [0, 10, 1000, 20_000, 300_000], 1);
    expect(parcels).toHaveLength(5);
    for (const { ptr, size, tag } of parcels) {
      expect(heap.owns(ptr)).toBe(true);
      expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(size);
      expect(hasPattern(heap, ptr, size, tag)).toBe(true);
    }
    expect(heap.stats().liveBlocks).toBe(5);
    expectSound(heap);
    await agent.call(
      'free',
      parcels.map(({ ptr }) => ptr),
    );
    expect(liveFigures(heap)).toEqual({ liveBlocks: 0, liveBytes: 0 });
  });

  test('comes to a worker in a message, and every clone is the same Heap there', async () => {
    const heap = create();
    const { agent, threadId } = await Agent.attached(heap.handle);
    expect(threadId).not.toBe(heap.threadId);
    for (let i = 0; i < 5; i++) {
      expect(await agent.call('attachesToTheSame', clone(heap.handle))).toBe(true);
    }
    expect(await agent.call('attach', heap.handle)).toBe(threadId);
    const ids = heap.stats().threads.map((thread) => thread.threadId);
    expect(ids.toSorted((a, b) => a - b)).toEqual(
      [heap.threadId, threadId].toSorted((a, b) => a - b),
    );
  });

  test('a block that a worker freed is free for this thread, and the other way round', async () => {
    const heap = create();
    const { agent } = await Agent.attached(heap.handle);
    const neighbours = Array.from({ length: 10 }, () => mustMalloc(heap, 200));
    const mine = neighbours[4]!;
    await agent.call('free', [mine]);
    expect(heap.owns(mine)).toBe(false);
    expect(() => heap.free(mine)).toThrow(expect.objectContaining({ code: 'ERR_DOUBLE_FREE' }));
    expect(await agent.call('codeOfFree', mine)).toBe('ERR_DOUBLE_FREE');
    expect(await agent.call('codeOfFree', mine + 16)).toBe('ERR_INVALID_POINTER');

    const theirs = (await agent.call('alloc', [200, 200, 200, 200], 1)).map(({ ptr }) => ptr);
    heap.free(theirs[1]!);
    expect(await agent.call('codeOfFree', theirs[1]!)).toBe('ERR_DOUBLE_FREE');
    heap.flush();
    expect(await agent.call('codeOfFree', theirs[1]!)).toBe('ERR_DOUBLE_FREE');
    expect(heap.stats().liveBlocks).toBe(12);
    expectSound(heap);
  });

  test('a view that was sent to a worker can be freed there', async () => {
    const heap = create();
    const { agent } = await Agent.attached(heap.handle);
    const view = heap.mallocAs(Float64Array, 100);
    await agent.call('freeView', view);
    expect(heap.stats().liveBlocks).toBe(0);
    expect(() => heap.free(view)).toThrow(
      expect.objectContaining({ code: expect.stringMatching('DOUBLE_FREE|INVALID_POINTER') }),
    );
  });

  test('lives on in a worker when the thread that made it has detached', async () => {
    const heap = create();
    const kept = mustMalloc(heap, 5000);
    const { agent } = await Agent.attached(heap.handle);
    const handle = clone(heap.handle);
    heap.detach();
    const parcels = await agent.call('alloc', [10, 20_000, 100_000], 1);
    expect(parcels).toHaveLength(3);
    await agent.call('free', [kept]);
    const again = forThisTest(Heap.attach(handle));
    expect(await agent.call('countBroken', parcels)).toBe(0);
    for (const { ptr } of parcels) again.free(ptr);
    expect(again.stats().liveBlocks).toBe(0);
    expectSound(again);
  });
});

test('more threads than maxThreads are refused, until one detaches', async () => {
  const heap = createHeap({ maximumBytes: 32 * MiB, maxThreads: 3 });
  const first = await Agent.attached(heap.handle);
  const second = await Agent.attached(heap.handle);
  const third = new Agent();
  await expect(third.call('attach', heap.handle)).rejects.toThrow('ERR_TOO_MANY_THREADS');
  await expect(third.call('attach', heap.handle)).rejects.toThrow('ERR_TOO_MANY_THREADS');
  expect(heap.stats().threads).toHaveLength(3);
  expectSound(heap);
  await first.agent.call('detach');
  const threadId = await third.call('attach', heap.handle);
  expect([heap.threadId, second.threadId]).not.toContain(threadId);
  expect(await third.call('alloc', [10, 10_000], 1)).toHaveLength(2);
  expectWorking(heap);
});

test('thread records are used again, by more workers than there are records', async () => {
  const heap = createHeap({ maximumBytes: 32 * MiB, maxThreads: 2 });
  const ids = new Set<number>();
  for (let round = 0; round < 6; round++) {
    const { agent, threadId } = await Agent.attached(heap.handle);
    ids.add(threadId);
    await agent.call('churn', 2000, 30_000, round);
    await agent.call('detach');
  }
  expect(ids.has(heap.threadId)).toBe(false);
  expect(ids.size).toBe(1);
  expectSound(heap);
});

test('a worker can be attached to several heaps, one after the other', async () => {
  const one = createHeap();
  const other = createHeap();
  const { agent } = await Agent.attached(one.handle);
  const inOne = await agent.call('alloc', [100, 100], 1);
  await agent.call('attach', other.handle);
  const inOther = await agent.call('alloc', [100, 100, 100], 1);
  expect(one.stats().liveBlocks).toBe(2);
  expect(other.stats().liveBlocks).toBe(3);
  for (const { ptr } of inOne) one.free(ptr);
  for (const { ptr } of inOther) other.free(ptr);
  expectSound(one);
  expectSound(other);
});

test('wasm in this thread sees the blocks of a worker', async () => {
  const memory = sharedMemory(8 * MiB, 64 * MiB);
  const wasm = instantiate(memory);
  const heap = createHeap({ memory, initialBytes: 8 * MiB, maximumBytes: 64 * MiB });
  const { agent } = await Agent.attached(heap.handle);
  const parcels = await agent.call('alloc', new Array<number>(30).fill(1024 * 1024), 1);
  expect(wasm.pages() * 65536).toBeGreaterThan(30 * MiB);
  for (const { ptr } of parcels) {
    wasm.store(ptr, 100, 2);
    expect(heap.u8.subarray(ptr, ptr + 100).every((byte) => byte === 2)).toBe(true);
    expect(wasm.sum(ptr, 100)).toBe(200);
  }
  expect(await agent.call('byteLength')).toBe(wasm.pages() * 65536);
});
