/**
 * Quarantine: the blocks that this thread freed last, in order, kept from reuse for a while so that
 * a late write or a second free still finds what it damages.
 *
 * The blocks' state words are the truth about who is in a quarantine; this list only says whose turn
 * it is to leave. A block may be gone from it behind this list's back, when another thread needed
 * memory or cleaned up; and one that was settled for a dead thread is on no list: `release` finds it.
 */
import type { Block } from './trailer.js';
import { debugSettings } from './settings.js';

/** Entries that have left are cut off the list when there are this many. */
const TRIM = 1024;
const MOST_BYTES = 4 * 1024 * 1024;

export class Quarantine {
  private blocks: Block[] = [];
  private first = 0;
  private bytes = 0;

  /** @param maximumBytes that the heap may grow to */
  constructor(private readonly maximumBytes: number) {}

  private get most(): number {
    return debugSettings.quarantineBytes ?? Math.min(MOST_BYTES, this.maximumBytes / 8);
  }

  get isEmpty(): boolean {
    return this.first === this.blocks.length;
  }

  /** Whether a block of so many bytes is kept at all. */
  takes(bytes: number): boolean {
    return debugSettings.quarantineBlocks > 0 && bytes <= this.most;
  }

  /** Whether a block has to leave before one of so many bytes may come. */
  isFullFor(bytes: number): boolean {
    const blocks = this.blocks.length - this.first;
    if (blocks === 0) return false;
    return blocks >= debugSettings.quarantineBlocks || this.bytes + bytes > this.most;
  }

  push(block: Block): void {
    this.blocks.push(block);
    this.bytes += block.bytes;
  }

  /** The block that came first; there must be one. */
  get oldest(): Block {
    return this.blocks[this.first];
  }

  /** Takes it off the list. */
  shift(): void {
    this.bytes -= this.blocks[this.first++].bytes;
    if (this.first >= TRIM) {
      this.blocks = this.blocks.slice(this.first);
      this.first = 0;
    }
  }

  clear(): void {
    this.blocks = [];
    this.first = 0;
    this.bytes = 0;
  }
}
