/**
 * Configuration: where a heap's settings come from, and what they are. See base/config.ts for the
 * two modes.
 */
import { type Core, tunable } from './base/core.js';
import { type Setting, SETTINGS, type SettingsBox } from './base/config.js';
import { incompatibleHeap, invalidOption } from './base/errors.js';
import { assertLayout } from './base/layout.js';
import { H_AVAILABLE, H_TUNABLES, T_PREWARM, TUNABLES } from './base/offsets.js';
import type { TierSettings } from './base/settings.js';
import { BIGCACHE_SETTINGS, LARGE_SETTINGS } from './large/settings.js';
import { MID_SETTINGS } from './mid/settings.js';
import { environment, variablesNamed } from './platform.js';
import { type FrontSettings, TINY_SETTINGS } from './tiny/settings.js';

export type { FrontSettings };

/** The BigCache's settings; see large/settings.ts. */
export interface BigCacheSettings {
  /** Slots in use, 0 to 64; 0 turns it off. */
  readonly slots: number;
  /** The longest run kept, in slabs of 32 KiB. */
  readonly slabs: number;
}

/** The boxes of settings, each field with a default. */
export interface ConfigOptions {
  /** Front: the Tiny tier. */
  readonly front?: Partial<FrontSettings>;
  readonly mid?: Partial<TierSettings>;
  readonly large?: Partial<TierSettings>;
  readonly bigCache?: Partial<BigCacheSettings>;
}

/** Where a value came from: an option, an environment variable, nowhere, or the build. */
export type ConfigSource = 'option' | 'environment' | 'default' | 'constant';

export interface Configured {
  readonly value: number;
  readonly source: ConfigSource;
}

export type ConfiguredBox<T> = { readonly [K in keyof T]: Configured };

/** What `heap.config()` gives. */
export interface HeapConfig {
  /** `constant` in builds with HAKMEM_CONST_CONFIG=1. */
  readonly mode: 'normal' | 'constant';
  readonly front: ConfiguredBox<FrontSettings>;
  readonly mid: ConfiguredBox<TierSettings>;
  readonly large: ConfiguredBox<TierSettings>;
  readonly bigCache: ConfiguredBox<BigCacheSettings>;
  /**
   * Variables of this thread's environment that are called `HAKMEM_…` and name no setting, sorted:
   * misspelt ones, or another program's. They change nothing.
   */
  readonly unknownVariables: readonly string[];
}

const DEFAULTS: Readonly<Record<SettingsBox, object>> = {
  front: TINY_SETTINGS,
  mid: MID_SETTINGS,
  large: LARGE_SETTINGS,
  bigCache: BIGCACHE_SETTINGS,
};

/** As the header notes them, two bits each. */
const SOURCES: readonly ConfigSource[] = ['default', 'environment', 'option'];
const SOURCES_PER_CELL = 16;
assertLayout(
  TUNABLES + Math.ceil(TUNABLES / SOURCES_PER_CELL) <= H_AVAILABLE - H_TUNABLES,
  'the settings and their sources fit in their part of the header',
);

/** A setting's value, with the index of its source. */
type Found = readonly [value: number, source: number];

function checked(name: string, { least, most }: Setting, given: unknown, value: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw invalidOption(name, given, `must be an integer from ${least} to ${most}`);
}

function find(setting: Setting, options: ConfigOptions): Found {
  const { box, field, name } = setting;
  const option = (options[box] as Record<string, unknown> | undefined)?.[field];
  if (option !== undefined) {
    const number = typeof option === 'number' ? option : NaN;
    return [checked(`config.${box}.${field}`, setting, option, number), 2];
  }
  const variable = environment(name);
  if (variable !== undefined) {
    const number = /^\d+$/.test(variable) ? Number(variable) : NaN;
    return [checked(name, setting, variable, number), 1];
  }
  return [(DEFAULTS[box] as Record<string, number>)[field], 0];
}

/** The options of a heap, with every name known. */
function checkedOptions(value: unknown): ConfigOptions {
  if (typeof value !== 'object' || value === null) {
    throw invalidOption('config', value, 'must be an object');
  }
  for (const [box, fields] of Object.entries(value as Record<string, unknown>)) {
    if (!Object.hasOwn(DEFAULTS, box)) {
      const boxes = Object.keys(DEFAULTS).join(', ');
      throw invalidOption(`config.${box}`, fields, 'is no box of settings', `there are: ${boxes}`);
    }
    if (fields === undefined) continue;
    if (typeof fields !== 'object' || fields === null) {
      throw invalidOption(`config.${box}`, fields, 'must be an object');
    }
    for (const [field, given] of Object.entries(fields)) {
      const known = SETTINGS.filter((setting) => setting.box === box);
      if (known.some((setting) => setting.field === field)) continue;
      const names = known.map((setting) => setting.field).join(', ');
      throw invalidOption(`config.${box}.${field}`, given, 'is no setting', `there are: ${names}`);
    }
  }
  return value;
}

/**
 * Looks every setting up.
 *
 * @throws HakmemError `ERR_INVALID_OPTION` naming the option or variable
 */
export function findConfig(config: unknown): readonly Found[] {
  const options = config === undefined ? {} : checkedOptions(config);
  if (!FLAGS.HAKMEM_CONST_CONFIG) return SETTINGS.map((setting) => find(setting, options));
  if (config !== undefined) {
    throw invalidOption('config', config, 'cannot be set', 'this build has constant settings');
  }
  return FLAGS.CONST_SETTINGS.map((value) => [value, 0]);
}

/** Writes the settings and their sources into the header of a heap that is being made. */
export function writeConfig(core: Core, found: readonly Found[]): void {
  const first = core.header + H_TUNABLES;
  found.forEach(([value, source], index) => {
    core.cells[first + index] = value;
    const cell = first + TUNABLES + Math.trunc(index / SOURCES_PER_CELL);
    core.cells[cell] |= source << ((index % SOURCES_PER_CELL) * 2);
  });
}

/**
 * Builds with constant settings: refuses a heap whose settings are others, since its threads would
 * not agree. How many blocks a thread starts with is its own affair.
 *
 * @throws HakmemError `ERR_INCOMPATIBLE_HEAP` naming the setting
 */
export function requireConstants(core: Core): void {
  for (let index = 0; index < T_PREWARM; index++) {
    const there = core.cells[core.header + H_TUNABLES + index];
    const here = FLAGS.CONST_SETTINGS[index];
    if (there === here) continue;
    const { name } = SETTINGS[index];
    throw incompatibleHeap(`${name} is ${there} there, and ${here} in this build for good`);
  }
}

function unknownVariables(): string[] {
  const known = SETTINGS.map(({ name }) => name);
  return variablesNamed('HAKMEM_')
    .filter((name) => !known.includes(name))
    .sort();
}

/** The settings that this thread works by. */
export function configOf(core: Core): HeapConfig {
  const boxes: Record<SettingsBox, Record<string, Configured>> = {
    front: {},
    mid: {},
    large: {},
    bigCache: {},
  };
  SETTINGS.forEach(({ box, field }, index) => {
    const cell = core.header + H_TUNABLES + TUNABLES + Math.trunc(index / SOURCES_PER_CELL);
    const source = (core.cells[cell] >>> ((index % SOURCES_PER_CELL) * 2)) & 3;
    boxes[box][field] = {
      value: tunable(core, index),
      source: FLAGS.HAKMEM_CONST_CONFIG ? 'constant' : SOURCES[source],
    };
  });
  const mode = FLAGS.HAKMEM_CONST_CONFIG ? 'constant' : 'normal';
  return { mode, ...boxes, unknownVariables: unknownVariables() } as unknown as HeapConfig;
}
