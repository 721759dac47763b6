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
 * Every block in use at one moment, or every one that a thread allocated; the group with the most
 * bytes first. `JSON.stringify` takes it as it is, `toString` makes text of it.
 * @public
 */
export interface LeakReport {
  /** The thread whose blocks were looked for; left out for a report of all. */
  readonly threadId?: number | undefined;
  readonly blocks: number;
  readonly bytes: number;
  readonly groups: readonly LeakGroup[];
  toString(): string;
}

export class Report implements LeakReport {
  readonly blocks: number;
  readonly bytes: number;

  constructor(
    readonly groups: readonly LeakGroup[],
    readonly threadId?: number,
  ) {
    this.blocks = groups.reduce((sum, group) => sum + group.blocks, 0);
    this.bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  }

  toString(): string {
    const count = (blocks: number): string => `${blocks} ${blocks === 1 ? 'block' : 'blocks'}`;
    const whose = this.threadId === undefined ? '' : ` of thread ${this.threadId}`;
    if (this.blocks === 0) return `hakmem: no block${whose} is in use`;
    return [
      `hakmem: ${count(this.blocks)}${whose} in use, ${this.bytes} bytes`,
      ...this.groups.map(({ site, threadId, blocks, bytes, examples }) => {
        const frames = (site === '' ? '(call site not recorded)' : site).replaceAll('\n', '\n    ');
        const at = `${examples.join(', ')}${blocks > examples.length ? ', ...' : ''}`;
        return `  ${bytes} bytes in ${count(blocks)}, allocated by thread ${threadId} (at ${at})\n    ${frames}`;
      }),
    ].join('\n');
  }
}
