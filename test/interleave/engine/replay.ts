/**
 * A schedule as text, and the policy that follows it: `0@12 1@40 0!7 1` runs thread 0 until its
 * 12th step, thread 1 until its 40th, thread 0 on until it dies at the 7th place where V8 may end
 * it, and thread 1 to its end.
 */
import type { Policy, Segment } from './scheduler.js';

export function textOf(segments: readonly Segment[]): string {
  return segments
    .map(({ thread, at, died }) => (at < 0 ? `${thread}` : `${thread}${died ? '!' : '@'}${at}`))
    .join(' ');
}

function parse(text: string): Segment[] {
  return text
    .trim()
    .split(/\s+/)
    .map((part) => {
      const match = /^(\d)(?:([@!])(\d+))?$/.exec(part);
      if (!match) throw new Error(`'${part}' is no part of a schedule`);
      return {
        thread: Number(match[1]),
        at: match[3] ? Number(match[3]) : -1,
        died: match[2] === '!',
      };
    });
}

export class Replay implements Policy {
  private readonly segments: Segment[];
  private index = 0;

  constructor(
    text: string,
    private readonly counts: { readonly steps: Float64Array; readonly edges: Float64Array },
  ) {
    this.segments = parse(text);
  }

  step(thread: number): number {
    const { at, died } = this.segments[this.index] ?? { at: -1, died: false };
    if (died || at < 0 || this.counts.steps[thread]! < at) return thread;
    return this.segments[++this.index]?.thread ?? thread;
  }

  death(thread: number): boolean {
    const { at, died } = this.segments[this.index] ?? { at: -1, died: false };
    return died && this.counts.edges[thread]! >= at;
  }

  next(runnable: number): number {
    const { thread } = this.segments[this.started ? ++this.index : this.index] ?? { thread: -1 };
    this.started = true;
    return thread >= 0 && (runnable & (1 << thread)) !== 0 ? thread : 31 - Math.clz32(runnable);
  }

  private started = false;
}
