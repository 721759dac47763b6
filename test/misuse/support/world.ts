import { onTestFinished, expect } from 'vitest';
import type { HakmemErrorCode, Heap, HeapOptions } from '../../../src/index.js';
import { Scene } from '../../support/unharmed.js';
import { expectSound, MiB } from '../../support/heaps.js';
import type { Build } from './builds.js';

export type Answer = HakmemErrorCode | 'no error';

/** Two lists where the builds differ in what they can tell, one where they do not. */
export type Expected =
  readonly Answer[] | { readonly production: readonly Answer[]; readonly debug: readonly Answer[] };

export function expectedIn(build: Build, expected: Expected): readonly Answer[] {
  return 'debug' in expected ? expected[build.name] : expected;
}

/** What a case of misuse works in: a heap of one build, with a block of every kind to stay unharmed. */
export class World {
  readonly heap: Heap;
  readonly scene: Scene;

  constructor(
    readonly build: Build,
    options: HeapOptions = {},
  ) {
    this.heap = this.another(options);
    this.scene = new Scene(this.heap);
  }

  /** One more heap of the same build; it must be sound when the test ends. */
  another(options: HeapOptions = {}): Heap {
    const heap = this.build.bundle.Heap.create({ maximumBytes: 64 * MiB, ...options });
    onTestFinished(() => {
      if (!heap.attached) return;
      try {
        expectSound(heap);
      } finally {
        heap.detach();
      }
    });
    return heap;
  }

  /** The code of what a call throws; anything but a HakmemError of this build passes on. */
  answerOf(call: () => unknown): Answer {
    const { HakmemError } = this.build.bundle;
    try {
      call();
    } catch (error) {
      if (error instanceof HakmemError && error.message.length > 0) return error.code;
      throw error;
    }
    return 'no error';
  }

  /** Runs calls that must each give one of these answers and change nothing at all. */
  expectRefused(calls: readonly (() => unknown)[], expected: Expected): void {
    const allowed = expectedIn(this.build, expected);
    this.scene.expectUnharmed(() => {
      const wrong: string[] = [];
      calls.forEach((call, index) => {
        const answer = this.answerOf(call);
        if (!allowed.includes(answer)) wrong.push(`call ${index}: ${answer}`);
      });
      expect(wrong, `other answers than ${allowed.join(' or ')}`).toEqual([]);
    });
  }

  /** The address of every block in use. */
  inUse(): number[] {
    return [...this.heap.blocks()].map(({ ptr }) => ptr);
  }

  /** Frees all that is in use, which must all still be there to free. */
  clear(): void {
    this.scene.arena.dispose();
    for (const ptr of this.inUse()) this.heap.free(ptr);
    expect(this.heap.stats()).toMatchObject({ liveBlocks: 0, liveBytes: 0 });
    expectSound(this.heap);
  }
}
