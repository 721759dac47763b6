/**
 * Frees blocks either at once or by handing them to another worker's mailbox.
 *
 * Nobody deadlocks over full mailboxes: who waits for room goes on emptying its own box, and
 * emptying a box only frees blocks, it never sends any.
 */
import { mixSeed, Xorshift32 } from '../lib/random.js';
import { type AuditedHeap } from './audited-heap.js';
import { type Board } from './board.js';
import { Mailbox } from './mailbox.js';
import { type Plan } from './plan.js';

/** Handed-over blocks are live until they are freed; this bounds what they add to a trace's peak. */
const MOST_BYTES = 128 * 1024;
/** How long to wait at most for room in a box before looking again. */
const FULL_NAP_MS = 1;

export class Handover {
  readonly #heap: AuditedHeap;
  readonly #board: Board;
  readonly #own: Mailbox;
  readonly #others: readonly Mailbox[];
  readonly #threshold: number;
  readonly #random: Xorshift32;
  handedOver = 0;
  received = 0;

  constructor(plan: Plan, worker: number, heap: AuditedHeap, board: Board) {
    this.#heap = heap;
    this.#board = board;
    const boxes = plan.workers.map(({ mailbox }) => new Mailbox(mailbox, MOST_BYTES));
    this.#own = boxes[worker];
    this.#others = boxes.filter((box) => box !== this.#own);
    this.#threshold = this.#others.length === 0 ? 0 : plan.handover;
    this.#random = new Xorshift32(mixSeed(plan.seed, worker));
  }

  /** Frees a block here, or in another worker for the chosen share of blocks. */
  release(ptr: number, size: number, name: number): void {
    if (this.#random.fraction() >= this.#threshold) {
      this.#heap.free(ptr, size, name);
      return;
    }
    const box = this.#others[this.#random.below(this.#others.length)];
    while (!box.push(ptr, size, name)) {
      this.#board.throwIfStopped();
      if (this.serve() === 0) this.#own.sleep(FULL_NAP_MS);
    }
    this.handedOver++;
  }

  /** Frees what others handed over so far; returns how many blocks that were. */
  serve(): number {
    const box = this.#own;
    let served = 0;
    while (box.take()) {
      this.#heap.free(box.ptr, box.size, box.name);
      served++;
    }
    this.received += served;
    return served;
  }

  /** Sleeps until mail may have come, at most that long. */
  sleep(milliseconds: number): void {
    this.#own.sleep(milliseconds);
  }
}
