/** Half-open intervals that must never overlap, kept sorted by their starts. */
export class DisjointIntervals {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  get size(): number {
    return this.#starts.length;
  }

  /** Adds one; throws when it shares a byte with any that is there. */
  add(start: number, end: number): void {
    const place = this.#placeOf(start);
    if (place > 0 && this.#ends[place - 1]! > start) {
      throw new Error(`[${start}, ${end}) overlaps ${this.#show(place - 1)}`);
    }
    if (place < this.#starts.length && this.#starts[place]! < end) {
      throw new Error(`[${start}, ${end}) overlaps ${this.#show(place)}`);
    }
    this.#starts.splice(place, 0, start);
    this.#ends.splice(place, 0, end);
  }

  /** Takes out the one that starts there. */
  remove(start: number): void {
    const place = this.#placeOf(start);
    if (this.#starts[place] !== start) throw new Error(`nothing starts at ${start}`);
    this.#starts.splice(place, 1);
    this.#ends.splice(place, 1);
  }

  /** The index of the first start that is not less. */
  #placeOf(start: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #show(place: number): string {
    return `[${this.#starts[place]}, ${this.#ends[place]})`;
  }
}
