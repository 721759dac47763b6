/**
 * What the marks of `instrument.mjs` call. A thread that is not armed passes them; an armed one dies
 * at a chosen pass: `DEATH` unwinds it, nothing of the library catches that, and every shared byte
 * stays as it was, just as after `worker.terminate()`.
 */

/** Thrown where the thread is to end. */
export const DEATH = new Error('the thread ends here');

/** What happens at the passes of an armed thread. */
export type Visit = (point: number, pass: number) => void;

const state = { visit: undefined as Visit | undefined, passes: 0 };

export function killPoint(point: number): void {
  state.visit?.(point, state.passes++);
}

/** From here on `visit` is called at each pass, with the passes counted from 0. */
export function arm(visit: Visit): void {
  state.visit = visit;
  state.passes = 0;
}

export function disarm(): void {
  state.visit = undefined;
}
