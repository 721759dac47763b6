import { KiB, MiB } from '../../support/units.js';
import type { Heap } from '../../../src/index.js';
import { isRefusal, type Stage, type StageOptions } from '../stage.js';

export { KiB, MiB };

export interface Scenario {
  readonly name: string;
  /** The heap; made anew for each run, since a WebAssembly.Memory is used once. */
  readonly options?: () => StageOptions;
  readonly prepare?: (stage: Stage) => void;
  readonly act: (stage: Stage) => void;
  /**
   * What the peer does in the middle of the act, at whichever pass, as another thread might; it must
   * leave alone what the act goes on to use.
   */
  readonly meddle?: (stage: Stage) => void;
  /** What else must hold once the victim is dead. */
  readonly after?: (stage: Stage) => void;
  /** Repairs the damage that the act itself did to blocks, before the heap is verified. */
  readonly mend?: (heap: Heap, blocks: readonly number[]) => void;
}

export const SMALL_HEAP = (): StageOptions => ({ initialBytes: 6 * MiB, maximumBytes: 6 * MiB });

/** A size of every kind: none, each tier, runs of one slab and of several. */
export const SIZES: readonly number[] = [0, 16, 100, 1000, 3000, 20_000, 40_000, 100_000];

/** Every other element. */
export function alternate<T>(values: readonly T[], from = 0): T[] {
  return values.filter((_, index) => index % 2 === from);
}

/** Makes a call that the library refuses; anything but one of its errors passes on. */
export function codeOf(call: () => unknown): string {
  const message = refusalOf(call);
  if (message === undefined) throw new Error('the call was not refused');
  return message;
}

/** Makes a call that the library may refuse; undefined when it does not. */
export function refusalOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
}
