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
  /** The 95 % bootstrap interval; of fewer rounds than `INTERVAL_ROUNDS` the lowest and the highest. */
  readonly low: number;
  readonly high: number;
}

/** A bootstrap interval of the median of five rounds holds the true one 94 times of 100, of three 76. */
const INTERVAL_ROUNDS = 6;
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
  return uncertain([roundRatios(ours, theirs)]);
}

/** The median of positive values and its interval. */
export function medianOf(values: readonly number[]): Ratio {
  return bootstrap([[...values]]);
}

/** Geometric mean of several ratios, each a pair of rounds. */
export function meanRatio(
  pairs: readonly (readonly [readonly number[], readonly number[]])[],
): Ratio {
  return uncertain(pairs.map(([ours, theirs]) => roundRatios(ours, theirs)));
}

function roundRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, round) => value / theirs[round]);
}

function uncertain(series: number[][]): Ratio {
  if (series.every((rounds) => rounds.length >= INTERVAL_ROUNDS)) return bootstrap(series);
  return {
    median: meanOfMedians(series),
    low: geometricMean(series.map((rounds) => min(rounds))),
    high: geometricMean(series.map((rounds) => max(rounds))),
  };
}

const meanOfMedians = (series: readonly number[][]): number =>
  geometricMean(series.map((rounds) => median(rounds)));

/** Resamples the rounds of each series by itself; the figure is the mean of their medians. */
function bootstrap(series: number[][]): Ratio {
  const random = new Xorshift32(SEED);
  const draw = () => random.fraction();
  const resampled = Array.from({ length: RESAMPLES }, () =>
    meanOfMedians(series.map((values) => sampleWithReplacement(values, values.length, draw))),
  ).sort((a, b) => a - b);
  return {
    median: meanOfMedians(series),
    low: quantileSorted(resampled, 0.025),
    high: quantileSorted(resampled, 0.975),
  };
}
