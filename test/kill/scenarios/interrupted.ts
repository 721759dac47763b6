/** A thread that goes on after an error threw it out of the middle of a call. */
import { KiB, MiB, type Scenario, SIZES } from './scenario.js';

/** Makes a call in which the `turn`th call of an atomic operation finds no stack left. */
function interrupt(
  operation: 'compareExchange' | 'or' | 'store',
  turn: number,
  call: () => void,
): void {
  const built = Reflect.get(Atomics, operation) as (...args: unknown[]) => unknown;
  let turns = 0;
  const failing = (...args: unknown[]): unknown => {
    if (++turns === turn) throw new RangeError('Maximum call stack size exceeded');
    return built(...args);
  };
  Object.assign(Atomics, { [operation]: failing });
  try {
    call();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  } finally {
    Object.assign(Atomics, { [operation]: built });
  }
  if (turns < turn) throw new Error('the call was not interrupted');
}

/** A resize in place that was interrupted when it had bound, or claimed, two slabs. */
const resized = (from: number, to: number): Scenario => ({
  name: `a call after a block of ${from} KiB was not made one of ${to} KiB`,
  options: () => ({ maximumBytes: 128 * MiB, maxThreads: 4 }),
  prepare({ victim, blocks }) {
    blocks.push(victim.malloc(from * KiB));
    interrupt('store', 3, () => victim.realloc(blocks[0]!, to * KiB));
  },
  act({ victim }) {
    victim.malloc(100);
  },
});

export const interrupted: readonly Scenario[] = [
  {
    name: 'a call after one that an error ended',
    prepare({ peer, victim }) {
      const ptrs = SIZES.flatMap((size) => victim.take(size > 30_000 ? 4 : 60, size));
      peer.freeAll(ptrs.splice(0, 100));
      victim.freeAll(ptrs.splice(0, 100));
      victim.free(victim.malloc(500 * KiB));
      interrupt('or', 4, () => {
        victim.heap.flush();
      });
    },
    act({ victim }) {
      victim.freeAll(victim.take(20, 100));
    },
    meddle({ peer }) {
      peer.freeAll(peer.take(100, 100));
    },
  },
  {
    name: 'detach after a call that an error ended',
    prepare({ victim }) {
      victim.malloc(100);
      interrupt('compareExchange', 1, () => victim.take(2, 3000));
    },
    act({ victim }) {
      victim.heap.detach();
    },
  },
  resized(300, 700),
  resized(700, 300),
];
