/**
 * Every error that hakmem throws, with the functions that make them. They return the error, so
 * that the caller's `throw` stays visible where control flow ends.
 */

import { MAX_HEAP_BYTES } from './layout.js';

/** What went wrong, as a stable name. */
export type HakmemErrorCode =
  | 'ERR_INVALID_SIZE'
  | 'ERR_INVALID_ALIGNMENT'
  | 'ERR_INVALID_POINTER'
  | 'ERR_DOUBLE_FREE'
  | 'ERR_BLOCK_OVERRUN'
  | 'ERR_WRITE_AFTER_FREE'
  | 'ERR_HEAP_EXHAUSTED'
  | 'ERR_DETACHED'
  | 'ERR_INCOMPATIBLE_HEAP'
  | 'ERR_DAMAGED_HEAP'
  | 'ERR_TOO_MANY_THREADS'
  | 'ERR_INVALID_OPTION'
  | 'ERR_NO_SHARED_MEMORY'
  | 'ERR_INVALID_THREAD'
  | 'ERR_BROKEN_INVARIANT';

/** What an error is about, for a program to read; one that is about nothing of this kind has no such field. */
export interface ErrorSubject {
  pointer?: number;
  option?: string;
}

/**
 * The one error class of this package. When it is thrown, nothing was changed and nothing is lost, but
 * for `ERR_DAMAGED_HEAP` and `ERR_BROKEN_INVARIANT`, after which the heap is not to be trusted.
 * @public
 */
export class HakmemError extends Error {
  /** A stable name for the kind of error; messages may change, codes do not. */
  readonly code: HakmemErrorCode;
  /** The number that was passed as a block, or the damaged block, where the error is about one. */
  declare readonly pointer?: number;
  /** With `ERR_INVALID_OPTION`: the name of the option, where the error is about one. */
  declare readonly option?: string;

  constructor(code: HakmemErrorCode, message: string, about?: ErrorSubject) {
    super(message);
    this.name = 'HakmemError';
    this.code = code;
    if (about) Object.assign(this, about);
  }
}

/**
 * Marks the errors of this library, for whoever must tell them by a load because there may be no stack
 * for `instanceof`. Others may have a `code` too. Not enumerable, so that no error is printed with it.
 */
export const OWN_ERROR = Symbol('HakmemError');
Object.defineProperty(HakmemError.prototype, OWN_ERROR, { value: true });

/** Whether an error is one of this library, by its mark. */
export function isOwnError(error: unknown): boolean {
  return (error as { [OWN_ERROR]?: true } | null | undefined)?.[OWN_ERROR] === true;
}

/** The most characters of a value that a message shows. */
const SHOWN = 100;

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/** By a getter of the language, since what a view says of itself may throw. */
function typeOfView(view: ArrayBufferView): string {
  const tag: unknown = Reflect.get(
    Object.getPrototypeOf(Int8Array.prototype),
    Symbol.toStringTag,
    view,
  );
  return typeof tag === 'string' ? tag : 'DataView';
}

/** A printable form of any value, for messages; never throws. */
function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cut(value));
    case 'bigint':
      return cut(`${value}n`);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'symbol':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'function':
      return 'a function';
    default:
      if (value === null) return 'null';
      if (ArrayBuffer.isView(value)) return `a view of type ${typeOfView(value)}`;
      return Array.isArray(value) ? 'an array' : 'an object';
  }
}

export function invalidSize(what: string, value: unknown): HakmemError {
  return new HakmemError(
    'ERR_INVALID_SIZE',
    `${what} must be a non-negative safe integer, got ${show(value)}`,
  );
}

/** `ERR_INVALID_SIZE` for what is no whole number, as of any size; the other for a whole one. */
export function invalidAlignment(value: unknown, isWhole: boolean): HakmemError {
  return new HakmemError(
    isWhole ? 'ERR_INVALID_ALIGNMENT' : 'ERR_INVALID_SIZE',
    `alignment must be a power of two from 1 to 65536, got ${show(value)}`,
  );
}

export function invalidPointer(value: unknown, why: string): HakmemError {
  const about = typeof value === 'number' ? { pointer: value } : undefined;
  return new HakmemError('ERR_INVALID_POINTER', `${show(value)} is not a block: ${why}`, about);
}

export function doubleFree(pointer: number): HakmemError {
  return new HakmemError('ERR_DOUBLE_FREE', `the block at ${pointer} is free already`, { pointer });
}

export function heapExhausted(bytes: number): HakmemError {
  const advice =
    bytes < MAX_HEAP_BYTES
      ? 'free blocks, or give the heap more maximumBytes'
      : `no heap holds more than ${MAX_HEAP_BYTES} bytes`;
  return new HakmemError('ERR_HEAP_EXHAUSTED', `no room for ${bytes} bytes; ${advice}`);
}

export function detached(what: string): HakmemError {
  return new HakmemError('ERR_DETACHED', `this ${what} was detached or disposed`);
}

export function incompatibleHeap(why: string): HakmemError {
  return new HakmemError('ERR_INCOMPATIBLE_HEAP', `cannot attach: ${why}`);
}

export function noHandle(given: unknown): HakmemError {
  return incompatibleHeap(
    `a handle has a SharedArrayBuffer, got ${show(given)}; what other threads get is heap.handle itself, in workerData or a message, not through JSON`,
  );
}

/** For what a slow path meets that no thread of this library writes. */
export function damagedHeap(where: string): HakmemError {
  return new HakmemError(
    'ERR_DAMAGED_HEAP',
    `the heap's own bytes were written to: ${where}; verify() names what is wrong`,
  );
}

export function tooManyThreads(maxThreads: number): HakmemError {
  return new HakmemError(
    'ERR_TOO_MANY_THREADS',
    `all ${maxThreads} thread records are taken; detach or reclaim threads, or raise maxThreads`,
  );
}

export function invalidOption(
  name: string,
  value: unknown,
  why: string,
  advice?: string,
): HakmemError {
  const end = advice === undefined ? '' : `; ${advice}`;
  const message = `option ${name}: ${why}, got ${show(value)}${end}`;
  return new HakmemError('ERR_INVALID_OPTION', message, { option: name });
}

export function noOptions(value: unknown): HakmemError {
  return new HakmemError('ERR_INVALID_OPTION', `options must be an object, got ${show(value)}`);
}

export function invalidThread(value: unknown, why: string): HakmemError {
  return new HakmemError('ERR_INVALID_THREAD', `cannot reclaim thread ${show(value)}: ${why}`);
}

export function invalidWorker(value: unknown): HakmemError {
  return new HakmemError(
    'ERR_INVALID_THREAD',
    `watch takes a running worker_threads Worker of Node, got ${show(value)}; where there is none, reclaim(threadId) after a worker has ended`,
  );
}

export function exitedWorker(): HakmemError {
  return new HakmemError(
    'ERR_INVALID_THREAD',
    'watch takes a running worker, and this one has exited: which thread it was cannot be told; reclaim it by its threadId',
  );
}

export function noSharedMemory(): HakmemError {
  return new HakmemError(
    'ERR_NO_SHARED_MEMORY',
    'there is no SharedArrayBuffer here; a page has it when it is cross-origin isolated, by the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
  );
}

export function notMadeByNew(name: string, instead: string): HakmemError {
  return new HakmemError('ERR_INVALID_OPTION', `new ${name}() makes nothing: use ${instead}`);
}

export function brokenInvariant(sentence: string): HakmemError {
  return new HakmemError('ERR_BROKEN_INVARIANT', `the heap is damaged: ${sentence}`);
}
