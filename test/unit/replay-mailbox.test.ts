import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mailbox } from '../../bench/replay/mailbox.js';
import { propertyRuns } from '../support/property.js';

describe('a mailbox', () => {
  it('gives letters in the order in which they came, and says when it is empty', () => {
    const buffer = Mailbox.create(4);
    const sender = new Mailbox(buffer, 1000);
    const owner = new Mailbox(buffer, 1000);
    expect(owner.take()).toBe(false);
    expect(sender.push(0xfffffff0, 16, 0xffffffff)).toBe(true);
    expect(sender.push(32, 0, 2)).toBe(true);
    expect(owner.take()).toBe(true);
    expect([owner.ptr, owner.size, owner.name]).toEqual([0xfffffff0, 16, 0xffffffff]);
    expect(owner.take()).toBe(true);
    expect([owner.ptr, owner.size, owner.name]).toEqual([32, 0, 2]);
    expect(owner.take()).toBe(false);
  });

  it('refuses letters over its capacity', () => {
    const buffer = Mailbox.create(4);
    const box = new Mailbox(buffer, 1000);
    for (let i = 1; i <= 4; i++) expect(box.push(i, 1, i)).toBe(true);
    expect(box.push(5, 1, 5)).toBe(false);
    expect(box.take()).toBe(true);
    expect(box.push(5, 1, 5)).toBe(true);
  });

  it('refuses bytes over its limit, but takes one block of any size', () => {
    const buffer = Mailbox.create(8);
    const box = new Mailbox(buffer, 100);
    expect(box.push(1, 60, 1)).toBe(true);
    expect(box.push(2, 41, 2)).toBe(false);
    expect(box.push(2, 40, 2)).toBe(true);
    expect(box.take() && box.take()).toBe(true);
    expect(box.push(3, 0x8000_0000, 3)).toBe(true);
    expect(box.push(4, 1, 4)).toBe(false);
    expect(box.take()).toBe(true);
    expect(box.size).toBe(0x8000_0000);
    expect(box.push(4, 1, 4)).toBe(true);
  });

  it('is a bounded queue, over any number of turns', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (steps) => {
        const buffer = Mailbox.create(8);
        const box = new Mailbox(buffer, 1e6);
        const model: number[] = [];
        steps.forEach((push, i) => {
          if (push) {
            expect(box.push(i, i, i)).toBe(model.length < 8);
            if (model.length < 8) model.push(i);
          } else {
            expect(box.take()).toBe(model.length > 0);
            if (model.length > 0) expect(box.name).toBe(model.shift());
          }
        });
      }),
      propertyRuns(200),
    );
  });
});
