import { describe, expect, test } from 'vitest';
import type { LeakReport } from '../../src/debug.js';
import { clone } from '../support/handles.js';
import { mustMalloc } from '../support/heaps.js';
import { type Build, debug } from './support/builds.js';
import { createHeap, errorOf, set } from './support/debug-heap.js';
import { Thread } from './support/thread.js';

const { Heap: Made } = debug.bundle;
const build = debug as unknown as Build;

describe('leaks', () => {
  test('are grouped by call site and thread, as text and as JSON', async () => {
    const heap = createHeap();
    const thread = new Thread(build, heap);
    function loseMany(): number[] {
      return Array.from({ length: 10 }, () => heap.malloc(100));
    }
    function loseOne(): number {
      return heap.malloc(5000);
    }
    const lost = [...loseMany(), loseOne(), ...(await thread.call('malloc', 33, 3))];
    const report = heap.leaks();
    expect(report).toMatchObject({ blocks: 14, bytes: 6099 });
    expect(report.groups.map(({ blocks, bytes, threadId }) => [blocks, bytes, threadId])).toEqual([
      [1, 5000, 0],
      [10, 1000, 0],
      [3, 99, 1],
    ]);
    expect(report.groups[0]!.site).toMatch(/^loseOne /);
    expect(report.groups[1]!.site).toContain('loseMany');
    expect(report.groups[1]!.examples).toHaveLength(8);
    expect(report.groups[2]!.site).toContain('thread.worker');
    const text = report.toString();
    expect(text).toContain('14 blocks in use, 6099 bytes');
    expect(text).toMatch(/5000 bytes in 1 block, allocated by thread 0/);
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ blocks: 14, groups: [{}, {}, {}] });
    for (const ptr of lost) heap.free(ptr);
    expect(heap.leaks()).toMatchObject({ blocks: 0, bytes: 0, groups: [] });
    await thread.call('detach');
  });

  test('are told when the last thread detaches, not before', async () => {
    const reports: LeakReport[] = [];
    set({ onLeaks: (report) => void reports.push(report) });
    const heap = createHeap();
    const thread = new Thread(build, heap);
    const handle = clone(heap.handle);
    await thread.call('malloc', 77, 2);
    heap.detach();
    expect(reports).toEqual([]);
    const again = Made.attach(handle);
    await thread.call('detach');
    again.detach();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ blocks: 2, bytes: 154 });
    const last = Made.attach(handle);
    for (const { ptr } of [...last.blocks()]) last.free(ptr);
    last.detach();
    expect(reports).toHaveLength(1);
  });
});

describe('leaks at every detach', () => {
  test('are those of the thread that detaches, as text and as JSON', async () => {
    const heap = createHeap();
    const first = new Thread(build, heap);
    const second = new Thread(build, heap);
    const [mine] = [mustMalloc(heap, 40)];
    const lost = await first.call('malloc', 77, 2);
    const handedOver = await first.call('malloc', 500, 1);
    const others = await second.call('malloc', 1000, 3);
    heap.free(handedOver[0]!);
    const [owner] = heap.leaks().groups.filter(({ bytes }) => bytes === 154);
    const { threadId } = owner!;
    expect(heap.leaks({ threadId })).toMatchObject({ threadId, blocks: 2, bytes: 154 });

    const told = await first.call('detachTold');
    expect(told).toHaveLength(1);
    expect(told[0]!.text).toContain(`2 blocks of thread ${threadId} in use, 154 bytes`);
    expect(told[0]!.text).toContain('thread.worker');
    expect(JSON.parse(told[0]!.json)).toMatchObject({
      threadId,
      blocks: 2,
      bytes: 154,
      groups: [{ threadId, blocks: 2, bytes: 154, examples: lost }],
    });
    for (const ptr of [...lost, ...others, mine!]) heap.free(ptr);
    expect(await second.call('detachTold')).toEqual([]);
  });

  test('are all that there are for the last thread', () => {
    const reports: LeakReport[] = [];
    set({ leaksAt: 'every detach', onLeaks: (report) => void reports.push(report) });
    const heap = createHeap();
    mustMalloc(heap, 10);
    heap.detach();
    expect(reports).toHaveLength(1);
    expect(reports[0]!.threadId).toBeUndefined();
    expect(reports[0]).toMatchObject({ blocks: 1, bytes: 10 });
  });

  test('can be asked for by thread, with a number that a thread can have', () => {
    const heap = createHeap({ maxThreads: 4 });
    expect(heap.leaks({ threadId: 3 })).toMatchObject({ threadId: 3, blocks: 0 });
    expect(heap.leaks({ threadId: 3 }).toString()).toContain('no block of thread 3 is in use');
    for (const threadId of [-1, 4, 1.5, NaN, '1' as never]) {
      expect(errorOf(() => heap.leaks({ threadId })).code).toBe('ERR_INVALID_OPTION');
    }
    for (const options of [{ thread: 3 }, null]) {
      expect(errorOf(() => heap.leaks(options as never)).code).toBe('ERR_INVALID_OPTION');
    }
  });
});
