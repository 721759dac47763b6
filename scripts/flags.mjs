/**
 * The build flags, read from the one file that declares them, src/base/flags.ts, and made into what
 * esbuild and the test runner replace.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/**
 * A module of src/ that imports nothing, as Node can run it. It sees every flag as 0.
 *
 * @param {string} path from the project's folder
 */
async function load(path) {
  const source = readFileSync(join(fileURLToPath(new URL('..', import.meta.url)), path), 'utf8');
  const { code } = transformSync(`const FLAGS = {};\n${source}`, { loader: 'ts' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** @typedef {import('../src/base/flags.js').FlagInfo} FlagInfo */

const declared = await load('src/base/flags.ts');

/** @type {Readonly<Record<string, FlagInfo>>} */
export const flagTable = declared.FLAG_TABLE;

/** @type {readonly { flags: Record<string, 0 | 1>, because: string }[]} */
const impossible = declared.IMPOSSIBLE_FLAGS;

/** @type {Readonly<Record<string, readonly string[]>>} */
const groups = declared.FLAG_GROUPS;

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
  for (const [group, names] of Object.entries(groups)) {
    define[`FLAGS.${group}`] = String(names.some((name) => values[name] === 1));
  }
  return define;
}
