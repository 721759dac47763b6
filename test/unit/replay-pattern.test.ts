import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf, Painter, patternOf } from '../../bench/replay/pattern.js';
import { propertyRuns } from '../support/property.js';

function views(bytes: number) {
  const buffer = new ArrayBuffer(bytes);
  return { u8: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
}

describe('patterns', () => {
  it('belong to one name each', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (name) => {
        expect(nameOf(patternOf(name))).toBe(name);
      }),
      propertyRuns(1000),
    );
  });

  it('are found as they were written, and nothing beside the block is touched', () => {
    fc.assert(
      fc.property(fc.nat(64), fc.nat(600), fc.nat(0xffffffff), (granule, size, name) => {
        const memory = views(4096);
        memory.u8.fill(0xa5);
        const painter = new Painter(memory);
        const ptr = granule * 16;
        painter.fill(ptr, size, name);
        expect(painter.check(ptr, size, name)).toBeUndefined();
        expect(memory.u8.subarray(0, ptr).every((byte) => byte === 0xa5)).toBe(true);
        expect(memory.u8.subarray(ptr + size).every((byte) => byte === 0xa5)).toBe(true);
      }),
      propertyRuns(300),
    );
  });

  it('show any byte that changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), fc.nat(254), (size, at, flip) => {
        const memory = views(1024);
        const painter = new Painter(memory);
        painter.fill(16, size, 7);
        const offset = at % size;
        memory.u8[16 + offset] ^= flip + 1;
        const mismatch = painter.check(16, size, 7);
        expect(mismatch).toBeDefined();
        expect(Math.floor(mismatch!.offset / 4)).toBe(Math.floor(offset / 4));
        expect(mismatch!.found).not.toBe(mismatch!.expected);
      }),
      propertyRuns(300),
    );
  });

  it('say whose they are where another block wrote', () => {
    const painter = new Painter(views(1024));
    painter.fill(64, 256, 11);
    painter.fill(128, 16, 12);
    const mismatch = painter.check(64, 256, 11);
    expect(mismatch).toMatchObject({ offset: 64, expected: patternOf(11) });
    expect(nameOf(mismatch!.found)).toBe(12);
  });

  it('differ from zero, which calloc must give', () => {
    const memory = views(1024);
    const painter = new Painter(memory);
    expect(painter.checkZero(16, 999)).toBeUndefined();
    memory.u8[1014] = 1;
    expect(painter.checkZero(16, 999)).toEqual({ offset: 998, expected: 0, found: 1 });
    memory.u8[20] = 2;
    expect(painter.checkZero(16, 999)).toEqual({ offset: 4, expected: 0, found: 2 });
  });

  it('reach memory that the heap grew by in the meantime', () => {
    const growing = { ...views(64) };
    const painter = new Painter(growing);
    Object.assign(growing, views(256));
    painter.fill(128, 32, 3);
    expect(growing.u32[32]).toBe(patternOf(3));
  });
});
