/**
 * A WebAssembly module, assembled by hand, that imports a shared memory as `host.memory` and works
 * on bytes of it:
 *
 * - `sum(ptr, length)` adds the bytes up;
 * - `store(ptr, length, value)` writes the value to each of them;
 * - `pages()` tells the memory's length as wasm sees it;
 * - `grow(pages)` makes it longer.
 */
export interface ByteModule {
  sum(ptr: number, length: number): number;
  store(ptr: number, length: number, value: number): void;
  pages(): number;
  grow(pages: number): number;
}

const I32 = 0x7f;
const GET = 0x20;
const SET = 0x21;
const CONST = 0x41;
const ADD = 0x6a;
const SUB = 0x6b;
const EQZ = 0x45;
const END = 0x0b;
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const LOAD8_U = [0x2d, 0, 0];
const STORE8 = [0x3a, 0, 0];

/** Leaves the loop's block when `length` (local 1) is 0. */
const leaveAtEnd = [GET, 1, EQZ, 0x0d, 1];
/** ptr += 1; length -= 1; and once more. */
const nextByte = [GET, 0, CONST, 1, ADD, SET, 0, GET, 1, CONST, 1, SUB, SET, 1, 0x0c, 0];

const sumBody = [
  ...[1, 1, I32],
  ...BLOCK,
  ...LOOP,
  ...leaveAtEnd,
  ...[GET, 2, GET, 0, ...LOAD8_U, ADD, SET, 2],
  ...nextByte,
  ...[END, END, GET, 2, END],
];
const storeBody = [
  0,
  ...BLOCK,
  ...LOOP,
  ...leaveAtEnd,
  ...[GET, 0, GET, 2, ...STORE8],
  ...nextByte,
  ...[END, END, END],
];
const pagesBody = [0, 0x3f, 0, END];
const growBody = [0, GET, 0, 0x40, 0, END];

const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
const section = (id: number, content: number[]): number[] => [id, content.length, ...content];
const body = (code: number[]): number[] => [code.length, ...code];
const exported = (name: string, index: number): number[] => [...text(name), 0, index];

const module = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // Types: (i32 i32) -> i32, (i32 i32 i32) -> (), () -> i32, (i32) -> i32.
  ...section(1, [
    4,
    ...[0x60, 2, I32, I32, 1, I32],
    ...[0x60, 3, I32, I32, I32, 0],
    ...[0x60, 0, 1, I32],
    ...[0x60, 1, I32, 1, I32],
  ]),
  // A shared memory of 1 to 65536 pages.
  ...section(2, [1, ...text('host'), ...text('memory'), 2, 3, 1, 0x80, 0x80, 4]),
  ...section(3, [4, 0, 1, 2, 3]),
  ...section(7, [
    4,
    ...exported('sum', 0),
    ...exported('store', 1),
    ...exported('pages', 2),
    ...exported('grow', 3),
  ]),
  ...section(10, [4, ...body(sumBody), ...body(storeBody), ...body(pagesBody), ...body(growBody)]),
]);

export function instantiate(memory: WebAssembly.Memory): ByteModule {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { host: { memory } });
  return instance.exports as unknown as ByteModule;
}

/** A shared memory of so many bytes, rounded up to pages. */
export function sharedMemory(initialBytes: number, maximumBytes: number): WebAssembly.Memory {
  const pages = (bytes: number): number => Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({
    initial: pages(initialBytes),
    maximum: pages(maximumBytes),
    shared: true,
  });
}
