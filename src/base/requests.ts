/** What may be asked for: sizes in bytes, alignments, numbers of elements, options. */
import {
  type HakmemError,
  invalidAlignment,
  invalidOption,
  invalidSize,
  noOptions,
} from './errors.js';
import { MAX_ALIGNMENT } from './layout.js';
import type { TypedArrayConstructor } from './typed-array.js';

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The error for what is no power of two from 1 to 65536; undefined for what is. */
export function alignmentError(alignment: unknown): HakmemError | undefined {
  if (!isSize(alignment)) return invalidAlignment(alignment, false);
  const isPower = alignment > 0 && (alignment & (alignment - 1)) === 0;
  return isPower && alignment <= MAX_ALIGNMENT ? undefined : invalidAlignment(alignment, true);
}

const PROBE = new Uint8Array(3);

/**
 * Whether this inherits from `%TypedArray%.prototype`, of whichever realm: then it has the getter that
 * tells the length of any typed array.
 */
function makesViews(prototype: unknown): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false;
  return Reflect.get(prototype, 'length', PROBE) === PROBE.length;
}

/**
 * Bytes of `length` elements.
 *
 * @throws HakmemError `ERR_INVALID_SIZE`, `ERR_INVALID_OPTION` for what is no typed array's constructor
 */
export function elementBytes(type: TypedArrayConstructor, length: number): number {
  if (!isSize(length)) throw invalidSize('length', length);
  const size = (type as Partial<TypedArrayConstructor> | undefined)?.BYTES_PER_ELEMENT;
  if (typeof type !== 'function' || !isSize(size) || !makesViews(type.prototype)) {
    throw invalidOption('type', type, 'must be a typed array constructor');
  }
  return Math.min(Number.MAX_SAFE_INTEGER, length * size);
}

/** The names of the options of `T`, all of them. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

const NONE = {};

/**
 * Options as they were given, none where they were left out.
 *
 * @throws HakmemError `ERR_INVALID_OPTION` for what cannot hold options, and for a name that is none
 *   of `names`: a misspelt option would otherwise be one that has no effect
 */
export function optionsOf<T extends object>(options: T | undefined, names: OptionNames<T>): T {
  if (options === undefined) return NONE as T;
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) {
    throw noOptions(given);
  }
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(names, name)) continue;
    const there = Object.keys(names).join(', ');
    throw invalidOption(name, value, 'unknown option', `there are: ${there}`);
  }
  return options;
}

/** A whole number as an option. @throws HakmemError `ERR_INVALID_OPTION` */
function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidOption(name, value, `must be an integer from ${least} to ${most}`);
  }
  return value;
}

/** The same for an option that may be left out. */
export function optional(
  name: string,
  value: unknown,
  least: number,
  most: number,
): number | undefined {
  return value === undefined ? undefined : wholeNumber(name, value, least, most);
}
