/** What a leak report says, and how it reads as text. */

/**
 * The blocks that one thread allocated at one place and that nobody has freed.
 * @public
 */
export interface LeakGroup {
  /** Frames of the program, the innermost first; empty where they were not recorded. */
  readonly site: string;
  /** The thread that allocated them; it may have ended since. */
  readonly threadId: number;
  readonly blocks: number;
  /** Bytes that were asked for. */
  readonly bytes: number;
  /** Up to eight of their addresses. */
  readonly examples: readonly number[];
}

/**
 * Every block in use at one moment, the group with the most bytes first. `JSON.stringify` takes it as
 * it is, `toString` makes text of it.
 * @public
 */
export interface LeakReport {
  readonly blocks: number;
  readonly bytes: number;
  readonly groups: readonly LeakGroup[];
  toString(): string;
}

export class Report implements LeakReport {
  readonly blocks: number;
  readonly bytes: number;

  constructor(readonly groups: readonly LeakGroup[]) {
    this.blocks = groups.reduce((sum, group) => sum + group.blocks, 0);
    this.bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  }

  toString(): string {
    const count = (blocks: number): string => `${blocks} ${blocks === 1 ? 'block' : 'blocks'}`;
    if (this.blocks === 0) return 'hakmem: no block is in use';
    return [
      `hakmem: ${count(this.blocks)} in use, ${this.bytes} bytes`,
      ...this.groups.map(({ site, threadId, blocks, bytes, examples }) => {
        const frames = (site === '' ? '(call site not recorded)' : site).replaceAll('\n', '\n    ');
        const at = `${examples.join(', ')}${blocks > examples.length ? ', ...' : ''}`;
        return `  ${bytes} bytes in ${count(blocks)}, allocated by thread ${threadId} (at ${at})\n    ${frames}`;
      }),
    ].join('\n');
  }
}
