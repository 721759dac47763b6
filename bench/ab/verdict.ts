/**
 * What an A/B run says. Each pair of processes gives one ratio: what an operation takes with the
 * subject compiled in, divided by what it takes with it compiled out. The improvement is the median
 * ratio minus one: by how much compiling out makes operations faster. Its interval is a bootstrap
 * over the pairs, since what differs from process to process is larger than what differs in one.
 */
import { mean, median, standardDeviation, max, min } from 'simple-statistics';
import { medianOf } from '../lib/statistics.js';

/** One pair of fresh processes, round by round: nanoseconds per operation. */
export interface Pair {
  readonly off: readonly number[];
  readonly on: readonly number[];
}

export type Verdict = 'GO' | 'NO-GO' | 'NEUTRAL' | 'UNDECIDED';

export interface Side {
  /** Nanoseconds per operation, over the pairs' medians. */
  readonly mean: number;
  readonly median: number;
  /** Standard deviation as a share of the mean. */
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
}

export interface Judgement {
  readonly pairs: number;
  readonly off: Side;
  readonly on: Side;
  /** Of compiling out, as a share: 0.01 is one per cent. */
  readonly improvement: number;
  /** 95 % bootstrap interval of the improvement. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
  /** Where undecided: about how many pairs would do, in all. */
  readonly pairsNeeded: number | undefined;
}

/** Improvements within this share of zero are none. */
export const BAND = 0.005;
export const LEAST_PAIRS = 10;

/** @throws RangeError for no pairs, or a pair without rounds or with a time that is none */
export function judge(pairs: readonly Pair[]): Judgement {
  if (pairs.length === 0) throw new RangeError('there are no pairs to judge');
  const ratios = pairs.map(ratioOfPair);
  const { median: middle, low, high } = medianOf(ratios);
  const estimate = { improvement: middle - 1, low: low - 1, high: high - 1 };
  const verdict = verdictOf(estimate);
  return {
    pairs: pairs.length,
    off: sideOf(pairs.map(({ off }) => median([...off]))),
    on: sideOf(pairs.map(({ on }) => median([...on]))),
    ...estimate,
    verdict,
    pairsNeeded: verdict === 'UNDECIDED' ? pairsNeeded(pairs.length, estimate) : undefined,
  };
}

export interface Estimate {
  readonly improvement: number;
  readonly low: number;
  readonly high: number;
}

/**
 * GO: compiled out is better by more than the band, and the interval lies above 0. NO-GO: worse
 * likewise. NEUTRAL: within the band, by an interval no wider than the band is. UNDECIDED: the
 * interval is too wide for any of them.
 */
export function verdictOf({ improvement, low, high }: Estimate): Verdict {
  if (improvement > BAND && low > 0) return 'GO';
  if (improvement < -BAND && high < 0) return 'NO-GO';
  if (Math.abs(improvement) <= BAND && (high - low) / 2 <= BAND) return 'NEUTRAL';
  return 'UNDECIDED';
}

/**
 * An interval shrinks with the square root of the number of pairs, so this many would decide if the
 * improvement stayed what it is: until zero is outside of the interval, or until it is as narrow as
 * the band.
 */
export function pairsNeeded(pairs: number, { improvement, low, high }: Estimate): number {
  const wanted = Math.max(BAND, Math.abs(improvement));
  const reach =
    Math.abs(improvement) <= BAND
      ? (high - low) / 2
      : improvement > 0
        ? improvement - low
        : high - improvement;
  return Math.max(pairs + 1, Math.ceil(pairs * (reach / wanted) ** 2));
}

/** Round by round, since neighbours in time meet the same clock and the same neighbours. */
function ratioOfPair({ off, on }: Pair): number {
  const rounds = Math.min(off.length, on.length);
  if (rounds === 0) throw new RangeError('a pair holds no rounds');
  const ratios = off.slice(0, rounds).map((time, round) => on[round] / time);
  if (!ratios.every((ratio) => ratio > 0 && Number.isFinite(ratio))) {
    throw new RangeError('a round took no time, or one that is no number');
  }
  return median(ratios);
}

function sideOf(times: number[]): Side {
  return {
    mean: mean(times),
    median: median(times),
    deviation: standardDeviation(times) / mean(times),
    min: min(times),
    max: max(times),
  };
}
