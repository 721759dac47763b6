/**
 * What Node's console prints of a heap, of an arena and of a handle: one line of figures, where views
 * of the whole buffer and everything beneath them would follow; and of telemetry where there is none.
 * Bun asks in the same way; a console that does not ask prints them like all other objects.
 */
import { HakmemError } from '../base/errors.js';

/** By this name an object is asked what to print of it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

interface PrintedHeap {
  readonly threadId: number;
  stats(): Readonly<Record<'liveBlocks' | 'liveBytes' | 'capacityBytes' | 'maximumBytes', number>>;
}

interface PrintedArena {
  readonly allocatedBytes: number;
}

interface PrintedHandle {
  readonly kind: string;
  readonly buffer: SharedArrayBuffer;
  readonly base: number;
}

/** One line. `console.log` of anything, a damaged heap or a prototype as well, must not throw. */
function line(name: string, figures: () => object): string {
  try {
    const texts = Object.entries(figures()).map(([key, value]) => `${key}: ${value}`);
    return `${name} { ${texts.join(', ')} }`;
  } catch (error) {
    const detached = error instanceof HakmemError && error.code === 'ERR_DETACHED';
    return `${name} { ${detached ? 'detached' : 'no figures'} }`;
  }
}

function heapLine(this: PrintedHeap): string {
  return line('Heap', () => {
    const { liveBlocks, liveBytes, capacityBytes, maximumBytes } = this.stats();
    return { threadId: this.threadId, liveBlocks, liveBytes, capacityBytes, maximumBytes };
  });
}

function arenaLine(this: PrintedArena): string {
  return line('Arena', () => ({ allocatedBytes: this.allocatedBytes }));
}

function handleLine(this: PrintedHandle): string {
  return line('HeapHandle', () => {
    const { kind, buffer, base } = this;
    return { kind: `'${kind}'`, buffer: `${buffer.byteLength} bytes`, base };
  });
}

/**
 * Has an object, or all of a prototype, printed by such a function. Not a method of a computed name:
 * for those esbuild gives a class another name.
 */
function printed<T extends object>(
  target: T,
  print: (this: never) => string,
  name: PropertyKey = INSPECT,
): T {
  return Object.defineProperty(target, name, { value: print, configurable: true });
}

/** The same for `JSON.stringify`, and so for loggers: of a heap's views it would make some 100 MB of text. */
export function printsFigures(heap: object, arena: object): void {
  for (const name of [INSPECT, 'toJSON']) {
    printed(heap, heapLine, name);
    printed(arena, arenaLine, name);
  }
}

/** A handle; a clone of it, which another thread gets, has its buffer alone to show. */
export function printedHandle<T extends PrintedHandle>(handle: T): T {
  return printed(handle, handleLine);
}

/** Telemetry of a build that counts nothing: it would say so once for each of its groups. */
export function printedUncounted<T extends object>(telemetry: T): T {
  return printed(telemetry, uncounted);
}

function uncounted(): string {
  return "'not compiled'";
}
