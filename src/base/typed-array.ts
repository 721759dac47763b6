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
  Float16Array: Float16View;
}

/** A Float16Array; where a program's libraries do not declare it, what all arrays of floats share. */
type Float16View = typeof globalThis extends { Float16Array: { prototype: infer View } }
  ? Omit<View, 'buffer'> & { readonly buffer: SharedArrayBuffer }
  : Omit<Float32Array<SharedArrayBuffer>, typeof Symbol.toStringTag>;

/**
 * The constructors that `mallocAs`, `callocAs` and `allocAs` take: every typed array's.
 * @public
 */
export interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: { readonly [Symbol.toStringTag]: keyof SharedViews };
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): object;
}

/**
 * The instance type of a typed array's constructor with the shared buffer named. (`InstanceType`
 * reads the constructor's last overload, and that one's buffer is not shared.)
 * @public
 */
export type SharedView<C extends TypedArrayConstructor> =
  SharedViews[C['prototype'][typeof Symbol.toStringTag]];
