/** Figures of repeated rounds: median, spread, and ratios with their uncertainty. */
import {
  geometricMean,
  max,
  median,
  min,
  quantileSorted,
  sampleWithReplacement,
} from 'simple-statistics';
import { Xorshift32 } from './random.js';

export interface Summary {
  readonly median: number;
  /** Half the distance from the lowest to the highest round, as a share of the median. */
  readonly spread: number;
}

export interface Ratio {
  readonly median: number;
  /** 95 % bootstrap interval. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;
const SEED = 1;

export function summarize(values: readonly number[]): Summary {
  const rounds = [...values];
  const middle = median(rounds);
  return { median: middle, spread: middle === 0 ? 0 : (max(rounds) - min(rounds)) / 2 / middle };
}

/**
 * Ours divided by theirs, round by round: the two of a round ran one after the other, so that a
 * machine that slows down slows both.
 */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio {
  return bootstrap([roundRatios(ours, theirs)]);
}

/** The median of positive values and its interval. */
export function medianOf(values: readonly number[]): Ratio {
  return bootstrap([[...values]]);
}

/** Geometric mean of several ratios, each a pair of rounds. */
export function meanRatio(
  pairs: readonly (readonly [readonly number[], readonly number[]])[],
): Ratio {
  return bootstrap(pairs.map(([ours, theirs]) => roundRatios(ours, theirs)));
}

function roundRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, round) => value / theirs[round]);
}

/** Resamples the rounds of each series by itself; the figure is the mean of their medians. */
function bootstrap(series: number[][]): Ratio {
  const figure = (rounds: number[][]) => geometricMean(rounds.map((values) => median(values)));
  const random = new Xorshift32(SEED);
  const draw = () => random.fraction();
  const resampled = Array.from({ length: RESAMPLES }, () =>
    figure(series.map((values) => sampleWithReplacement(values, values.length, draw))),
  ).sort((a, b) => a - b);
  return {
    median: figure(series),
    low: quantileSorted(resampled, 0.025),
    high: quantileSorted(resampled, 0.975),
  };
}
