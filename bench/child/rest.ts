/**
 * How a thread waits for another: it looks and rests by turns, and sleeps at last. A loop of nothing but
 * looks takes from the other's speed wherever two cores are two threads of one. Divisions that wait for each
 * other leave the core to it, as the processor's `pause` does, for which JavaScript has a call only since
 * Node 24. The twins in C give their core away instead (`sched_yield`), which JavaScript cannot.
 */
import { availableParallelism } from 'node:os';

/** Divisions between two looks, some 0.4 microseconds. */
const DIVISIONS = 100;
/** Looks before a sleep: some milliseconds. To wake a thread takes as long as a hundred of them. */
const LOOKS = 10_000;
/** The same where threads outnumber cores, and who looks may keep the one it waits for from running. */
const LOOKS_IN_A_CROWD = 20;

/** How many looks to take before sleeping, for one of so many threads. */
export function looksBeforeSleep(threads: number): number {
  return threads <= availableParallelism() ? LOOKS : LOOKS_IN_A_CROWD;
}

let rested = 1;

export function rest(): void {
  let x = rested;
  for (let i = 0; i < DIVISIONS; i++) x = 1 / (x + 0.5);
  // Kept, or V8 would leave the divisions out.
  rested = x;
}
