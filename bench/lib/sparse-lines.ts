/** Progress where there is no terminal: a line now and then on standard error, and one at the end. */
export class SparseLines {
  readonly #everyMs: number;
  readonly #render: () => string;
  #last = performance.now();

  constructor(everyMs: number, render: () => string) {
    this.#everyMs = everyMs;
    this.#render = render;
  }

  update(): void {
    if (performance.now() - this.#last < this.#everyMs) return;
    this.#print();
  }

  stop(): void {
    this.#print();
  }

  #print(): void {
    this.#last = performance.now();
    process.stderr.write(`${this.#render()}\n`);
  }
}
