import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../../bench/lib/child-error.js';

const failed = (stderr = '') => Object.assign(new Error('Command failed: node'), { stderr });

describe('why a measured process failed', () => {
  it('is the line with its error, else what the command says', () => {
    const stderr = 'file.js:1\n  throw x;\n  ^\n\nRangeError: too large\n    at file.js:1';
    expect(reasonOf(failed(stderr))).toBe('RangeError: too large');
    expect(reasonOf(failed('terminate: out of memory\n'))).toBe('terminate: out of memory');
    expect(reasonOf(failed())).toBe('Command failed: node');
  });

  it('is one line of bounded length', () => {
    const reason = reasonOf(failed(`Error: the heap is damaged: ${'a slab; '.repeat(1000)}`));
    expect(reason).toHaveLength(300);
    expect(reason).toMatch(/^Error: the heap is damaged: a slab; .*…$/);
  });
});
