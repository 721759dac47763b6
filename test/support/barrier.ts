/** Lets a number of threads start something at the same moment. */
export class Barrier {
  readonly #cells: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer);
  }

  static for(threads: number): Barrier {
    const barrier = new Barrier(new SharedArrayBuffer(4));
    barrier.#cells[0] = threads;
    return barrier;
  }

  /** Returns when as many threads as the barrier is for have come here. */
  wait(): void {
    const before = Atomics.sub(this.#cells, 0, 1);
    if (before === 1) {
      Atomics.notify(this.#cells, 0);
      return;
    }
    for (let left = before - 1; left > 0; left = Atomics.load(this.#cells, 0)) {
      Atomics.wait(this.#cells, 0, left);
    }
  }
}
