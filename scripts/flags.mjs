/**
 * The build flags, read from the one file that declares them, src/base/flags.ts, and made into what
 * esbuild and the test runner replace.
 */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/**
 * A module of src/, as Node can run it. It sees every flag as undefined.
 *
 * @param {string} path from the project's folder
 */
async function load(path) {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    define: { FLAGS: '{}' },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** @typedef {import('../src/base/flags.js').FlagInfo} FlagInfo */

const declared = await load('src/base/flags.ts');

/** @type {Readonly<Record<string, FlagInfo>>} */
export const flagTable = declared.FLAG_TABLE;

/** @type {readonly { flags: Record<string, 0 | 1>, because: string }[]} */
const impossible = declared.IMPOSSIBLE_FLAGS;

/** @type {Readonly<Record<string, readonly string[]>>} */
const groups = declared.FLAG_GROUPS;

/** @typedef {{ box: string, field: string, name: string, least: number, most: number }} Setting */

/** Every setting of a heap; `--flag NAME=NUMBER` fixes it in builds with constant settings. */
/** @type {readonly Setting[]} */
export const settingTable = (await load('src/base/config.ts')).SETTINGS;

/** @type {Readonly<Record<string, Record<string, number>>>} */
export const settingDefaults = {
  front: (await load('src/tiny/settings.ts')).TINY_SETTINGS,
  mid: (await load('src/mid/settings.ts')).MID_SETTINGS,
  large: (await load('src/large/settings.ts')).LARGE_SETTINGS,
  bigCache: (await load('src/large/settings.ts')).BIGCACHE_SETTINGS,
};

/** @typedef {'production' | 'debug'} Build */

/**
 * Every flag's value in a build.
 *
 * @param {readonly string[]} [settings] `NAME=0` or `NAME=1` pairs that override that build's values
 * @param {Build} [build] the build to start from
 * @returns {Record<string, 0 | 1>}
 * @throws {Error} with a sentence for an unknown flag, another value, or flags that exclude each other
 */
export function flagValues(settings = [], build = 'production') {
  const column = build === 'debug' ? 'debug' : 'default';
  const values = Object.fromEntries(
    Object.entries(flagTable).map(([name, flag]) => [name, flag[column]]),
  );
  for (const setting of settings) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(setting) ?? [];
    if (name === undefined) throw new Error(`--flag wants NAME=0 or NAME=1, not '${setting}'`);
    if (settingTable.some((entry) => entry.name === name)) continue;
    if (!Object.hasOwn(values, name)) {
      throw new Error(`no build flag '${name}'; there are: ${Object.keys(values).join(', ')}`);
    }
    if (value !== '0' && value !== '1') throw new Error(`${name} is 0 or 1, not '${value}'`);
    values[name] = value === '1' ? 1 : 0;
  }
  for (const { flags, because } of impossible) {
    const pairs = Object.entries(flags);
    if (pairs.every(([name, value]) => values[name] === value)) {
      const together = pairs.map((pair) => pair.join('=')).join(' with ');
      throw new Error(`impossible flags: ${together}, since ${because}`);
    }
  }
  return values;
}

/**
 * Every setting's value in a build with constant settings.
 *
 * @param {readonly string[]} settings
 * @param {Record<string, 0 | 1>} values of the flags
 * @returns {number[]} in the order of the table
 * @throws {Error} for a value out of range, or in a build whose settings are not constant
 */
function constantSettings(settings, values) {
  const given = new Map(settings.map((pair) => /** @type {[string, string]} */ (pair.split('='))));
  return settingTable.map(({ box, field, name, least, most }) => {
    const value = given.get(name);
    if (value === undefined) return settingDefaults[box][field];
    if (values.HAKMEM_CONST_CONFIG !== 1) {
      throw new Error(
        `impossible flags: ${name} without HAKMEM_CONST_CONFIG=1, since the setting is looked up at run time`,
      );
    }
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
      throw new Error(`${name} is an integer from ${least} to ${most}, not '${value}'`);
    }
    return Number(value);
  });
}

/**
 * The bits of the flags that change the layout, in the order of the table.
 *
 * @param {Record<string, 0 | 1>} values
 */
function layoutBits(values) {
  const layout = Object.keys(flagTable).filter((name) => flagTable[name].layout);
  return layout.reduce((bits, name, index) => bits | (values[name] << index), 0);
}

/**
 * The `define` map for esbuild and vitest.
 *
 * @param {readonly string[]} [settings] as for `flagValues`
 * @param {Build} [build]
 * @returns {Record<string, string>} expressions to source text
 */
export function defines(settings = [], build = 'production') {
  const values = flagValues(settings, build);
  /** @type {Record<string, string>} */
  const define = { 'FLAGS.LAYOUT_BITS': String(layoutBits(values)) };
  for (const [name, value] of Object.entries(values)) define[`FLAGS.${name}`] = String(value === 1);
  const constants = constantSettings(settings, values);
  const constant = values.HAKMEM_CONST_CONFIG === 1;
  /** @param {string} of */
  const allZero = (of) => settingTable.every(({ field }, i) => field !== of || constants[i] === 0);
  define['FLAGS.CONST_SETTINGS'] = JSON.stringify(constant ? constants : []);
  define['FLAGS.NO_BIGCACHE'] = String(constant && allZero('slots'));
  define['FLAGS.NO_SPILL'] = String(constant && allZero('spillMagazines'));
  for (const [group, names] of Object.entries(groups)) {
    define[`FLAGS.${group}`] = String(names.some((name) => values[name] === 1));
  }
  return define;
}
