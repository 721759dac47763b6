const ID_BYTES = 16;
/** More than what is counted in one turn. */
const TURN = 2 ** 20;

/**
 * Runs something with the same outcome on every thread, to the byte: a heap's random identity and the
 * clock are counted instead, and a call site is the names of its functions, whichever bundle they
 * stand in.
 *
 * @param turn tells its heaps from those of other turns
 */
export function repeatable<T>(turn: number, run: () => T): T {
  const errors: { prepareStackTrace?: unknown } = Error;
  const before = errors.prepareStackTrace;
  const random = crypto.getRandomValues.bind(crypto);
  let count = turn * TURN;
  replace(crypto, 'getRandomValues', (array: Int32Array<ArrayBuffer>) =>
    // What is shorter than an identity tells two memories apart, so it has to be random.
    array.byteLength < ID_BYTES ? random(array) : array.fill(++count),
  );
  replace(performance, 'now', () => ++count);
  errors.prepareStackTrace = (_: unknown, frames: readonly NodeJS.CallSite[]) =>
    frames.map((frame) => `at ${frame.getFunctionName() ?? 'a callback'}`).join('\n');
  try {
    return run();
  } finally {
    Reflect.deleteProperty(crypto, 'getRandomValues');
    Reflect.deleteProperty(performance, 'now');
    errors.prepareStackTrace = before;
  }
}

/** Until the property is deleted again. */
function replace(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true });
}
