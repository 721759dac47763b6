/**
 * What the marks of `instrument.mjs` call. A thread that is not armed passes them; an armed one dies
 * where its visitor says so: an exception unwinds it, no further mark lets it act, and every shared
 * byte stays as it was, just as after `worker.terminate()`.
 */

/** What happens at the passes of an armed thread. */
export type Visit = (point: number, pass: number) => void;

const state = {
  visit: undefined as Visit | undefined,
  passes: 0,
  dead: undefined as Error | undefined,
};

export function killPoint(point: number): void {
  // A `catch` on the way out runs in the simulation only.
  if (state.dead) throw state.dead;
  state.visit?.(point, state.passes++);
}

/** Ends the thread here, or lets it go on only once it is disarmed. */
export function die(error = new Error('the thread ends here')): never {
  state.dead = error;
  throw error;
}

/** From here on `visit` is called at each pass, with the passes counted from 0. */
export function arm(visit: Visit): void {
  state.visit = visit;
  state.passes = 0;
}

/** Ends that, and says whether the thread died meanwhile; it is as if it were a new one then. */
export function disarm(): boolean {
  const { dead } = state;
  state.visit = undefined;
  state.dead = undefined;
  return dead !== undefined;
}
