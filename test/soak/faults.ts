/** Faults that a worker of a soak meets on purpose: what a host may refuse or do at any moment. */
import type { Random } from '../support/random.js';
import type { Account } from './yard.js';

export interface Faults {
  /** The share of growths that the platform refuses. */
  readonly refusedGrowths: number;
  /** Atomics.wait throws, as on a browser's main thread. */
  readonly noWaiting: boolean;
  /** The clocks jump to and fro. */
  readonly clockJumps: boolean;
  /** Garbage is collected at random moments, in a full pause of the thread. */
  readonly pauses: boolean;
}

export const NO_FAULTS: Faults = {
  refusedGrowths: 0,
  noWaiting: false,
  clockJumps: false,
  pauses: false,
};

type Grow = (this: object, amount: number) => unknown;

/** Changes this thread's globals; they stay so. */
export function injectFaults(faults: Faults, random: Random, account: Account): void {
  if (faults.refusedGrowths > 0) {
    const { Memory } = WebAssembly;
    for (const owner of [SharedArrayBuffer.prototype, Memory.prototype] as { grow?: Grow }[]) {
      const { grow } = owner;
      if (!grow) continue;
      owner.grow = function (amount) {
        if (!random.chance(faults.refusedGrowths)) return grow.call(this, amount);
        account.count('growthsRefused');
        throw new RangeError('refused on purpose');
      };
    }
  }
  if (faults.noWaiting) {
    Atomics.wait = () => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    };
  }
  if (faults.clockJumps) {
    account.count('clockJumps');
    const jump = (): number => random.below(2 ** 31) - 2 ** 30;
    Date.now = jump;
    performance.now = jump;
  }
}
