/**
 * Replays the events of one recorded thread, in order, as far as it gets.
 *
 * A lane never waits by itself: where a slot's turn has not come yet, `run` returns, and its worker
 * serves the mailbox and other lanes before it tries again. Some lane can always go on, because
 * turns follow the recorded order of the whole trace.
 */
import { CALLOC, FREE, MALLOC } from '../lib/trace-op.js';
import { type AuditedHeap } from './audited-heap.js';
import { type Handover } from './handover.js';
import { OPERATION, PASSES_TURN, type PlannedLane, type PlannedTrace, TAKES_TURN } from './plan.js';

export class Lane {
  readonly #trace: PlannedTrace;
  readonly #events: Uint32Array;
  readonly #heap: AuditedHeap;
  readonly #handover: Handover;
  #next = 0;

  constructor(trace: PlannedTrace, lane: PlannedLane, heap: AuditedHeap, handover: Handover) {
    this.#trace = trace;
    this.#events = lane.events;
    this.#heap = heap;
    this.#handover = handover;
  }

  get done(): boolean {
    return this.#next === this.#events.length;
  }

  /** Events replayed so far. */
  get position(): number {
    return this.#next;
  }

  /** Replays up to `budget` events; returns how many, fewer when the lane ends or must wait. */
  run(budget: number): number {
    const { op, slot, turn, slotTurn } = this.#trace;
    const start = this.#next;
    const end = Math.min(start + budget, this.#events.length);
    for (; this.#next < end; this.#next++) {
      const event = this.#events[this.#next];
      const code = op[event];
      const where = slot[event];
      if ((code & TAKES_TURN) !== 0 && Atomics.load(slotTurn, where) !== turn[event]) break;
      this.#replay(event, code & OPERATION, where);
      if ((code & PASSES_TURN) !== 0) {
        Atomics.store(slotTurn, where, turn[event] + 1);
        Atomics.notify(slotTurn, where);
      }
    }
    return this.#next - start;
  }

  /** Sleeps until the slot that this lane waits for may have passed on, at most that long. */
  awaitTurn(milliseconds: number): void {
    const { slot, turn, slotTurn } = this.#trace;
    const event = this.#events[this.#next];
    const where = slot[event];
    const passed = Atomics.load(slotTurn, where);
    if (passed !== turn[event]) Atomics.wait(slotTurn, where, passed, milliseconds);
  }

  /** Frees what the trace left; for the last lane of the trace, when all others have ended. */
  freeLeftovers(): void {
    const { blockPtr } = this.#trace;
    for (let slot = 0; slot < blockPtr.length; slot++) {
      if (blockPtr[slot] !== 0) this.#free(slot);
    }
  }

  #replay(event: number, op: number, slot: number): void {
    if (op === FREE) {
      this.#free(slot);
      return;
    }
    const { size, firstName, blockPtr, blockSize, blockName } = this.#trace;
    const bytes = size[event];
    const name = firstName + event;
    if (op === MALLOC) blockPtr[slot] = this.#heap.malloc(bytes, name);
    else if (op === CALLOC) blockPtr[slot] = this.#heap.calloc(bytes, name);
    else {
      const old = { ptr: blockPtr[slot], size: blockSize[slot], name: blockName[slot] };
      blockPtr[slot] = this.#heap.realloc(old, bytes, name);
    }
    blockSize[slot] = bytes;
    blockName[slot] = name;
  }

  #free(slot: number): void {
    const { blockPtr, blockSize, blockName } = this.#trace;
    const ptr = blockPtr[slot];
    blockPtr[slot] = 0;
    this.#handover.release(ptr, blockSize[slot], blockName[slot]);
  }
}
