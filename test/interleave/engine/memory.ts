/**
 * The heap's bytes with an undo list: every cell that a run writes is kept as it was, so that the
 * next run starts from the same bytes after a few hundred stores instead of a copy of the heap.
 */
export class Memory {
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** By pairs of cells, since some are halves of a double. */
  private readonly stamps: Uint32Array;
  private readonly changed: number[] = [];
  private readonly before: number[] = [];
  private run = 1;
  /** Whether writes are kept: from the end of the set-up on. */
  keeping = false;

  constructor(buffer: SharedArrayBuffer, bytes: number) {
    this.cells = new Int32Array(buffer, 0, bytes / 4);
    this.stamps = new Uint32Array(this.cells.length >>> 1);
  }

  /** Called before a cell is written, or the double that starts there. */
  keep(cell: number): void {
    const pair = cell >>> 1;
    if (!this.keeping || this.stamps[pair] === this.run) return;
    this.stamps[pair] = this.run;
    this.changed.push(cell & ~1, cell | 1);
    this.before.push(this.cells[cell & ~1]!, this.cells[cell | 1]!);
  }

  /** Makes every cell what it was when `keeping` began. */
  restore(): void {
    for (let i = 0; i < this.changed.length; i++) this.cells[this.changed[i]!] = this.before[i]!;
    this.changed.length = 0;
    this.before.length = 0;
    this.run++;
  }

  /** A 53-bit hash of what differs from the start; the order of writes does not matter. */
  hash(): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < this.changed.length; i++) {
      const cell = this.changed[i]!;
      const value = this.cells[cell]!;
      if (value === this.before[i]) continue;
      const mixed = mix(Math.imul(cell, 0x9e3779b1) ^ mix(value));
      low = (low + mixed) | 0;
      high = (high + mix(mixed ^ 0x5bd1e995)) | 0;
    }
    return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
  }
}

/** Spreads a word's bits (MurmurHash3's finish). */
export function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
