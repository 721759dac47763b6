/** Calls that an error throws out of the middle, as V8 does where no stack is left. */

/** What `interrupt` throws where the call has fewer turns. */
export const NOT_INTERRUPTED = 'the call was not interrupted';

/** Makes a call in which the `turn`th call of an atomic operation finds no stack left. */
export function interrupt(
  operation: 'add' | 'compareExchange' | 'load' | 'or' | 'store',
  turn: number,
  call: () => void,
): void {
  const built = Reflect.get(Atomics, operation) as (...args: unknown[]) => unknown;
  let turns = 0;
  const failing = (...args: unknown[]): unknown => {
    if (++turns === turn) throw new RangeError('Maximum call stack size exceeded');
    return built(...args);
  };
  Object.assign(Atomics, { [operation]: failing });
  try {
    call();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  } finally {
    Object.assign(Atomics, { [operation]: built });
  }
  if (turns < turn) throw new Error(NOT_INTERRUPTED);
}
