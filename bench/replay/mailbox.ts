/**
 * A bounded mailbox in shared memory, by which workers hand blocks over to one another.
 *
 * Any thread may `push`, only the owner may `take`, and neither ever waits: `push` answers false
 * when the box is full, `take` when it is empty. What was pushed before is taken before, per
 * sender. Taking a letter makes all visible that its sender wrote before it pushed. Full means too
 * many letters, or too many bytes in the blocks that they name; one block of any size always fits.
 *
 * It is a ring of cells that each carry the number of the push or take that may use them next: a
 * sender claims the tail with one compare-and-exchange, fills the cell that it then owns and
 * publishes it by raising the cell's number. A sender that stops in between hides the letters
 * behind its own from the owner, and stops nobody else. Numbers wrap at 2^32, after which a cell
 * would have to be overtaken by a whole turn of them to be mistaken.
 */
const TAIL = 0;
const ASLEEP = 16; // on a cache line of its own, since it seldom changes
const BYTES = 17;
const CELLS = 32;
const CELL_WORDS = 4;
const NUMBER = 0;
const PTR = 1;
const SIZE = 2;
const NAME = 3;

export class Mailbox {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #mask: number;
  readonly #mostBytes: number;
  /** Only the owner's copy moves. */
  #head = 0;

  /** The letter that the last successful `take` brought. */
  ptr = 0;
  size = 0;
  name = 0;

  /** Memory for a box of `capacity` letters, a power of two of at least 4. */
  static create(capacity: number): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer((CELLS + capacity * CELL_WORDS) * 4);
    const words = new Int32Array(buffer);
    for (let cell = 0; cell < capacity; cell++) words[CELLS + cell * CELL_WORDS] = cell;
    return buffer;
  }

  /** One end of a box; the owner makes exactly one for itself. All ends share one `mostBytes`. */
  constructor(buffer: SharedArrayBuffer, mostBytes: number) {
    this.#words = new Int32Array(buffer);
    this.#mostBytes = mostBytes;
    this.#mask = (this.#words.length - CELLS) / CELL_WORDS - 1;
  }

  /** Any thread. False when the box is full, and nothing has happened then. */
  push(ptr: number, size: number, name: number): boolean {
    const words = this.#words;
    if (!this.#reserve(size)) return false;
    for (;;) {
      const tail = Atomics.load(words, TAIL);
      const cell = CELLS + (tail & this.#mask) * CELL_WORDS;
      const ahead = (Atomics.load(words, cell + NUMBER) - tail) | 0;
      if (ahead < 0) {
        Atomics.sub(words, BYTES, size);
        return false;
      }
      if (ahead > 0) continue; // another sender has taken this tail, so it has moved
      if (Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0) !== tail) continue;
      words[cell + PTR] = ptr;
      words[cell + SIZE] = size;
      words[cell + NAME] = name;
      Atomics.store(words, cell + NUMBER, (tail + 1) | 0);
      if ((tail & (this.#mask >>> 1)) === 0) this.#wake();
      return true;
    }
  }

  /** Owner only. True when a letter is in `ptr`, `size` and `name`. */
  take(): boolean {
    const words = this.#words;
    const head = this.#head;
    const cell = CELLS + (head & this.#mask) * CELL_WORDS;
    if (Atomics.load(words, cell + NUMBER) !== ((head + 1) | 0)) return false;
    this.ptr = words[cell + PTR] >>> 0;
    this.size = words[cell + SIZE] >>> 0;
    this.name = words[cell + NAME] >>> 0;
    Atomics.store(words, cell + NUMBER, (head + this.#mask + 1) | 0);
    Atomics.sub(words, BYTES, this.size);
    this.#head = (head + 1) | 0;
    return true;
  }

  /**
   * Owner only: sleeps for at most `milliseconds`. Senders wake it twice per turn of the ring and
   * when its blocks are too large, not for every letter, since a wake costs more than all else that
   * happens to a block.
   */
  sleep(milliseconds: number): void {
    Atomics.store(this.#words, ASLEEP, 1);
    Atomics.wait(this.#words, ASLEEP, 1, milliseconds);
    Atomics.store(this.#words, ASLEEP, 0);
  }

  /** Makes room for a block's bytes, or wakes the owner when there is none. */
  #reserve(size: number): boolean {
    const words = this.#words;
    const before = Atomics.add(words, BYTES, size) >>> 0;
    if (before === 0 || before + size <= this.#mostBytes) return true;
    Atomics.sub(words, BYTES, size);
    this.#wake();
    return false;
  }

  #wake(): void {
    if (Atomics.load(this.#words, ASLEEP) === 0) return;
    Atomics.store(this.#words, ASLEEP, 0);
    Atomics.notify(this.#words, ASLEEP);
  }
}
