/** What counts as a size in bytes, and how many bytes a number of elements takes. */
import { invalidOption, invalidSize } from './errors.js';
import type { TypedArrayConstructor } from './typed-array.js';

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Bytes of `length` elements. */
export function elementBytes(type: TypedArrayConstructor, length: number): number {
  if (!isSize(length)) throw invalidSize('length', length);
  const size = (type as Partial<TypedArrayConstructor> | undefined)?.BYTES_PER_ELEMENT;
  if (!isSize(size)) throw invalidOption('type', type, 'must be a typed array constructor');
  return Math.min(Number.MAX_SAFE_INTEGER, length * size);
}

/** Refuses what cannot hold options. @throws HakmemError `ERR_INVALID_OPTION` */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'must be an object');
  }
}
