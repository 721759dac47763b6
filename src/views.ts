/** Views on blocks, and over the whole heap, made when first asked for and again after growth. */
import { type Core, refreshViews } from './base/core.js';
import { damagedHeap, heapExhausted } from './base/errors.js';
import { GRANULE } from './base/layout.js';
import type { SharedView, TypedArrayConstructor } from './base/typed-array.js';

/** The types of the whole-heap views, by name. */
export interface ViewTypes {
  u8: Uint8Array<SharedArrayBuffer>;
  i8: Int8Array<SharedArrayBuffer>;
  u16: Uint16Array<SharedArrayBuffer>;
  i16: Int16Array<SharedArrayBuffer>;
  u32: Uint32Array<SharedArrayBuffer>;
  i32: Int32Array<SharedArrayBuffer>;
  f32: Float32Array<SharedArrayBuffer>;
  f64: Float64Array<SharedArrayBuffer>;
  u64: BigUint64Array<SharedArrayBuffer>;
  i64: BigInt64Array<SharedArrayBuffer>;
}

type Make<V> = { readonly BYTES_PER_ELEMENT: number } & (new (
  buffer: SharedArrayBuffer,
  byteOffset: number,
  length: number,
) => V);

const CONSTRUCTORS: { readonly [K in keyof ViewTypes]: Make<ViewTypes[K]> } = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
};

export class Views {
  private made: Partial<ViewTypes> = {};
  private slabs = 0;

  constructor(private readonly core: Core) {}

  /** The view of a name, as long as the buffer is now. */
  get<K extends keyof ViewTypes>(name: K): ViewTypes[K] {
    const { core } = this;
    refreshViews(core);
    if (this.slabs !== core.slabs) {
      this.slabs = core.slabs;
      this.made = {};
    }
    const make: Make<ViewTypes[K]> = CONSTRUCTORS[name];
    const length = core.cells.byteLength / make.BYTES_PER_ELEMENT;
    return (this.made[name] ??= new make(core.buffer, 0, length));
  }
}

/**
 * A view on a block that was just taken. Where the constructor throws, as a subclass's may, the block
 * goes back.
 *
 * @param blocks what the block came from
 * @param ptr its address, 0 when the heap had none
 * @param bytes what was asked for
 */
export function blockView<C extends TypedArrayConstructor>(
  core: Core,
  blocks: { free(ptr: number): void },
  type: C,
  ptr: number,
  length: number,
  bytes: number,
): SharedView<C> {
  if (ptr === 0) throw heapExhausted(bytes);
  core.reach(ptr + bytes);
  if (ptr % GRANULE !== 0 || ptr + bytes > core.cells.byteLength) throw damagedHeap('a cache');
  try {
    return new type(core.buffer, ptr, length) as SharedView<C>;
  } catch (error) {
    blocks.free(ptr);
    throw error;
  }
}
