import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAND, judge, type Pair, pairsNeeded, verdictOf } from '../../../bench/ab/verdict.js';
import { propertyRuns } from '../../support/property.js';

/** Pairs whose ratios are given: what is compiled in takes so many times as long. */
function pairsOf(ratios: readonly number[], base = 10): Pair[] {
  return ratios.map((ratio) => ({ off: [base, base, base], on: Array(3).fill(base * ratio) }));
}

const alternating = (low: number, high: number, count: number) =>
  pairsOf(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? low : high)));

describe('a verdict', () => {
  it.each([
    ['GO', { improvement: 0.006, low: 0.001, high: 0.02 }],
    ['UNDECIDED', { improvement: 0.006, low: 0, high: 0.02 }],
    ['UNDECIDED', { improvement: 0.3, low: -0.1, high: 0.6 }],
    ['NEUTRAL', { improvement: 0.005, low: 0.004, high: 0.006 }],
    ['NEUTRAL', { improvement: 0, low: -0.005, high: 0.005 }],
    ['NEUTRAL', { improvement: -0.005, low: -0.006, high: -0.004 }],
    ['UNDECIDED', { improvement: 0, low: -0.0051, high: 0.0051 }],
    ['UNDECIDED', { improvement: -0.006, low: -0.02, high: 0 }],
    ['NO-GO', { improvement: -0.006, low: -0.02, high: -0.001 }],
  ] as const)('is %s for %o', (verdict, estimate) => {
    expect(verdictOf(estimate)).toBe(verdict);
  });

  it('needs as many pairs as narrow the interval, which shrinks with their square root', () => {
    // Half as wide an interval is needed, so four times the pairs.
    expect(pairsNeeded(10, { improvement: 0, low: -0.01, high: 0.01 })).toBe(40);
    // The interval reaches three times as far below the improvement as zero is.
    expect(pairsNeeded(10, { improvement: 0.02, low: -0.04, high: 0.09 })).toBe(90);
    expect(pairsNeeded(10, { improvement: -0.02, low: -0.09, high: 0.04 })).toBe(90);
    expect(pairsNeeded(30, { improvement: 0.006, low: 0, high: 0.02 })).toBe(31);
  });
});

describe('pairs', () => {
  it('that all say 10 % give GO, and NO-GO the other way round', () => {
    expect(judge(pairsOf(Array<number>(10).fill(1.1)))).toMatchObject({
      verdict: 'GO',
      improvement: expect.closeTo(0.1, 10),
      pairsNeeded: undefined,
    });
    expect(judge(pairsOf(Array<number>(10).fill(0.9))).verdict).toBe('NO-GO');
  });

  it('of equal builds that differ by chance are NEUTRAL when they differ little', () => {
    expect(judge(alternating(0.999, 1.001, 20)).verdict).toBe('NEUTRAL');
  });

  it('that differ much by chance are UNDECIDED, and more of them would do', () => {
    const judgement = judge(alternating(0.8, 1.25, 10));
    expect(judgement.verdict).toBe('UNDECIDED');
    expect(judgement.pairsNeeded).toBeGreaterThan(10);
  });

  it('count by the median of their rounds, which one slow round does not move', () => {
    const disturbed: Pair = { off: [10, 10, 10], on: [10.2, 500, 10.2] };
    expect(judge(Array<Pair>(10).fill(disturbed)).improvement).toBeCloseTo(0.02, 10);
  });

  it('summarize both sides', () => {
    const { off, on } = judge(pairsOf([1, 1.1, 1.2], 100));
    expect(off).toEqual({ mean: 100, median: 100, deviation: 0, min: 100, max: 100 });
    expect(on.mean).toBeCloseTo(110, 10);
    expect(on.median).toBeCloseTo(110, 10);
    expect([on.min, on.max]).toEqual([100, 120]);
    expect(on.deviation).toBeCloseTo(Math.sqrt(200 / 3) / 110, 10);
  });

  it.each([
    ['there are none', []],
    ['one has no rounds', [{ off: [], on: [] }]],
    ['a time is zero', [{ off: [0], on: [1] }]],
    ['a time is no number', [{ off: [1], on: [NaN] }]],
  ])('are refused when %s', (_, pairs) => {
    expect(() => judge(pairs)).toThrow(RangeError);
  });
});

const ratios = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), {
  minLength: 10,
  maxLength: 40,
});

describe('for any pairs', () => {
  it('the interval holds the improvement, and one verdict fits', () => {
    fc.assert(
      fc.property(ratios, (values) => {
        const { improvement, low, high, verdict } = judge(pairsOf(values));
        expect(low).toBeLessThanOrEqual(improvement);
        expect(high).toBeGreaterThanOrEqual(improvement);
        expect(verdict === 'GO').toBe(improvement > BAND && low > 0);
        expect(verdict === 'NO-GO').toBe(improvement < -BAND && high < 0);
      }),
      propertyRuns(100),
    );
  });

  it('a machine of another speed changes nothing', () => {
    fc.assert(
      fc.property(ratios, fc.double({ min: 0.1, max: 1000, noNaN: true }), (values, speed) => {
        const [one, other] = [judge(pairsOf(values)), judge(pairsOf(values, 10 * speed))];
        expect(other.improvement).toBeCloseTo(one.improvement, 9);
        expect(other.low).toBeCloseTo(one.low, 9);
        expect(other.high).toBeCloseTo(one.high, 9);
      }),
      propertyRuns(50),
    );
  });

  it('a subject that costs so much more moves the interval by as much', () => {
    fc.assert(
      fc.property(ratios, fc.double({ min: 0.5, max: 2, noNaN: true }), (values, factor) => {
        const one = judge(pairsOf(values));
        const slower = judge(pairsOf(values.map((ratio) => ratio * factor)));
        for (const key of ['improvement', 'low', 'high'] as const) {
          expect(slower[key] + 1).toBeCloseTo((one[key] + 1) * factor, 9);
        }
      }),
      propertyRuns(50),
    );
  });

  it('the order of the rounds does not count as long as pairs stay pairs', () => {
    fc.assert(
      fc.property(ratios, (values) => {
        const pair: Pair = { off: values.map(() => 10), on: values.map((ratio) => ratio * 10) };
        const backwards = { off: pair.off.toReversed(), on: pair.on.toReversed() };
        expect(judge([backwards])).toEqual(judge([pair]));
      }),
      propertyRuns(50),
    );
  });

  it('the same pairs give the same interval again', () => {
    fc.assert(
      fc.property(ratios, (values) => {
        expect(judge(pairsOf(values))).toEqual(judge(pairsOf(values)));
      }),
      propertyRuns(20),
    );
  });
});
