import { describe, expect, it } from 'vitest';
import { meanRatio, ratioOf, summarize } from '../../../bench/lib/statistics.js';

describe('figures of rounds', () => {
  it('have their median and half the distance of the extremes', () => {
    expect(summarize([10, 8, 12, 11, 9])).toEqual({ median: 10, spread: 0.2 });
    expect(summarize([5])).toEqual({ median: 5, spread: 0 });
  });

  it('give the median of the ratios of rounds, not the ratio of medians', () => {
    // Both were slower in the second round: the ratio is the same in all.
    const { median, low, high } = ratioOf([20, 10, 22], [10, 5, 11]);
    expect([median, low, high]).toEqual([2, 2, 2]);
  });

  it('have an interval that holds the median and widens with the spread', () => {
    const theirs = [100, 100, 100, 100, 100, 100];
    const narrow = ratioOf([99, 100, 101, 100, 100, 100], theirs);
    const wide = ratioOf([60, 100, 140, 90, 110, 100], theirs);
    for (const { median, low, high } of [narrow, wide]) {
      expect(low).toBeLessThanOrEqual(median);
      expect(high).toBeGreaterThanOrEqual(median);
    }
    expect(wide.high - wide.low).toBeGreaterThan(narrow.high - narrow.low);
  });

  it('have the extremes of the ratios where there are too few rounds for an interval', () => {
    expect(ratioOf([20, 10, 33], [10, 10, 11])).toEqual({ median: 2, low: 1, high: 3 });
    const six = ratioOf([10, 20, 20, 20, 20, 90], [10, 10, 10, 10, 10, 10]);
    expect(six.high).toBeLessThan(9);
    const mean = meanRatio([
      [
        [1, 2, 4],
        [1, 1, 1],
      ],
      [
        [4, 8, 16],
        [1, 1, 1],
      ],
    ]);
    for (const [figure, expected] of [
      [mean.low, 2],
      [mean.median, 4],
      [mean.high, 8],
    ] as const) {
      expect(figure).toBeCloseTo(expected, 10);
    }
  });

  it('come out the same each time', () => {
    const rounds = [
      [90, 100, 115, 90, 100, 115],
      [80, 85, 82, 81, 86, 83],
    ] as const;
    expect(ratioOf(...rounds)).toEqual(ratioOf(...rounds));
  });

  it('of several workloads have a geometric mean', () => {
    const pairs = [
      [[2], [1]],
      [[8], [1]],
    ] as const;
    expect(meanRatio(pairs).median).toBeCloseTo(4, 10);
  });
});
