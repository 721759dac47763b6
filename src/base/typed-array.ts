/** Types of the views that `mallocAs`, `callocAs` and `allocAs` return: typed arrays on shared memory. */

/** View types by the name that their constructor's prototype carries. */
interface SharedViews {
  Int8Array: Int8Array<SharedArrayBuffer>;
  Uint8Array: Uint8Array<SharedArrayBuffer>;
  Uint8ClampedArray: Uint8ClampedArray<SharedArrayBuffer>;
  Int16Array: Int16Array<SharedArrayBuffer>;
  Uint16Array: Uint16Array<SharedArrayBuffer>;
  Int32Array: Int32Array<SharedArrayBuffer>;
  Uint32Array: Uint32Array<SharedArrayBuffer>;
  Float32Array: Float32Array<SharedArrayBuffer>;
  Float64Array: Float64Array<SharedArrayBuffer>;
  BigInt64Array: BigInt64Array<SharedArrayBuffer>;
  BigUint64Array: BigUint64Array<SharedArrayBuffer>;
}

/**
 * The constructors that `mallocAs`, `callocAs` and `allocAs` take: every typed array's.
 * @public
 */
export interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: { readonly [Symbol.toStringTag]: keyof SharedViews | 'Float16Array' };
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): object;
}

/**
 * The instance type of a typed array's constructor with the shared buffer named. (`InstanceType`
 * reads the constructor's last overload, and that one's buffer is not shared.) Float16Array is so new
 * that a program's libraries may not declare it, so it can be named by its constructor only.
 * @public
 */
export type SharedView<C extends TypedArrayConstructor> =
  C['prototype'][typeof Symbol.toStringTag] extends infer Name extends keyof SharedViews
    ? SharedViews[Name]
    : Omit<InstanceType<C>, 'buffer'> & { readonly buffer: SharedArrayBuffer };
