/** What rptest does while a thread that it gives blocks to does not run. */
import { expect, it } from 'vitest';
import { hakmem } from '../../../bench/child/allocators/hakmem.js';
import { Courier } from '../../../bench/child/courier.js';
import { rptest } from '../../../bench/child/programs/rptest.js';
import type { Job } from '../../../bench/child/programs/program.js';

const MIB = 2 ** 20;

it('keeps what waits for another thread within a bound, and goes on', () => {
  const parameters = { lo: 8, hi: 16_000, blocks: 100, operations: 100, cross: 1 };
  const threads = 2;
  const shared = new Int32Array(new SharedArrayBuffer(4 * rptest.cells!(parameters, threads)));
  using instance = hakmem({ bytes: 64 * MIB, threads });
  const courier = new Courier(0, new Map(), new Int32Array(new SharedArrayBuffer(8)));
  const start = (self: number): Job =>
    rptest.start(
      { instance, self, threads, sharing: true, shared, courier, meet: () => undefined },
      parameters,
    );
  const [fast, stopped] = [start(0), start(1)];
  // Without a bound this is more than the heap holds.
  expect(fast.run(1000)).toBeGreaterThan(50_000);
  expect([...shared.subarray(threads)]).toEqual([0, 64]);
  // It hears of them, and more may come.
  stopped.run(1);
  expect(shared[threads + 1]).toBe(0);
  fast.run(3);
  expect(shared[threads + 1]).toBe(3);
  for (const job of [fast, stopped]) job.finish();
  instance.check();
});
