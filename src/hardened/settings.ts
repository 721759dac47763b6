/** What may be set of the debug build, for each thread by itself. */
import { invalidOption } from '../base/errors.js';
import { isSize } from '../base/requests.js';
import { warn } from '../platform.js';
import type { LeakReport } from './leak-report.js';

/** @public */
export interface DebugSettings {
  /**
   * Freed blocks that this thread keeps from reuse, and their bytes: the smaller bound counts. Left
   * undefined, the bytes are an eighth of what the heap may grow to, at most 4 MiB.
   */
  quarantineBlocks: number;
  quarantineBytes: number | undefined;
  /** Frames of a call site; 0 records the thread only, which is several times faster. */
  stackFrames: number;
  /**
   * Receives what is in use when a thread detaches from a heap, if there is anything. By default the
   * report is written to the console; `undefined` looks for nothing.
   */
  onLeaks: ((report: LeakReport) => void) | undefined;
  /**
   * When that is: as the last thread detaches, or as every thread does. One that leaves others behind
   * is asked about the blocks that it allocated, some of which may be with them; the last about all.
   */
  leaksAt: 'last detach' | 'every detach';
}

const isFunction = (value: unknown): boolean => value === undefined || typeof value === 'function';
const MOST_FRAMES = 100;

/** A setting's value to begin with, which values it takes, and how to say that. */
type Rules = {
  readonly [K in keyof DebugSettings]: readonly [
    value: DebugSettings[K],
    takes: (value: unknown) => boolean,
    sentence: string,
  ];
};

const RULES: Rules = {
  quarantineBlocks: [2048, isSize, 'must be a non-negative safe integer'],
  quarantineBytes: [
    undefined,
    (value) => value === undefined || isSize(value),
    'must be undefined or a non-negative safe integer',
  ],
  stackFrames: [
    4,
    (value) => isSize(value) && value <= MOST_FRAMES,
    `must be an integer from 0 to ${MOST_FRAMES}`,
  ],
  onLeaks: [(report) => warn(report.toString()), isFunction, 'must be undefined or a function'],
  leaksAt: [
    'last detach',
    (value) => value === 'last detach' || value === 'every detach',
    "must be 'last detach' or 'every detach'",
  ],
};

/** An object whose properties refuse what their rules do not take. */
function checked(rules: Rules): DebugSettings {
  const properties = Object.entries(rules).map(([name, [first, takes, sentence]]) => {
    let present: unknown = first;
    const get = (): unknown => present;
    const set = (value: unknown): void => {
      if (!takes(value)) throw invalidOption(`debugSettings.${name}`, value, sentence);
      present = value;
    };
    return [name, { get, set, enumerable: true }] as const;
  });
  return Object.seal(Object.defineProperties({}, Object.fromEntries(properties))) as DebugSettings;
}

/**
 * The settings of this thread, in force from its next call on. A value that a setting does not take is
 * refused with `ERR_INVALID_OPTION`, a misspelt setting with a TypeError: the object is sealed.
 * @public
 */
export const debugSettings: DebugSettings = checked(RULES);
