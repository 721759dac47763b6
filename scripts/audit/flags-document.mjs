/** The tables of docs/flags.md, made from src/base/flags.ts, src/base/config.ts and the tiers. */
import { flagTable, settingDefaults, settingTable } from '../flags.mjs';

/** @typedef {readonly (readonly string[])[]} Rows */

/**
 * What a setting bounds, by its field.
 *
 * @type {Readonly<Record<string, string>>}
 */
const meanings = {
  cacheBytes: 'bytes of one class that a thread caches: this or the blocks, whichever is less',
  cacheBlocks:
    'blocks of one class that a thread caches; larger classes of the tier may have room for fewer',
  refillBytes: 'bytes that one refill takes from slabs: this or the blocks, whichever is less',
  refillBlocks: 'blocks that one refill takes from slabs, as far as the cache has room',
  spillBytes:
    'bytes of one class that wait for other threads: this or the magazines, whichever is less',
  spillMagazines:
    'full magazines of one class that wait for other threads; 0: no spill queues in this tier',
  slots: 'freed runs of slabs that are kept; 0 turns the BigCache off',
  slabs: 'the longest run that is kept, in slabs of 32 KiB',
  prewarm: 'blocks of each Tiny class that a thread caches when it attaches',
};

/**
 * A document with its tables as they have to be.
 *
 * @param {string} text
 * @returns {string}
 * @throws {Error} when it has no place for a table, or a setting has no meaning here
 */
export function withTables(text) {
  return withTable(withTable(text, 'flags', flagRows()), 'settings', settingRows());
}

/**
 * @param {string} text
 * @param {string} name
 * @param {Rows} rows
 */
function withTable(text, name, rows) {
  const marks = [
    `<!-- ${name}: written by npm run audit -- --write -->`,
    `<!-- end of ${name} -->`,
  ];
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`docs/flags.md lacks ${marks.join(' or ')}`);
  return `${text.slice(0, begin + marks[0].length)}\n\n${table(rows)}\n\n${text.slice(end)}`;
}

/** @param {Rows} rows */
function table([head, ...rows]) {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** @returns {Rows} */
function flagRows() {
  const rows = Object.entries(flagTable).map(([name, flag]) => [
    `[\`${name}\`](ab/${name}.md)`,
    `${flag.default}`,
    `${flag.debug}`,
    flag.observes,
    flag.path,
    flag.cost,
    flag.fields.map((field) => `\`${field}\``).join(', '),
  ]);
  const head = ['flag', '`hakmem`', '`hakmem/debug`', 'observes', 'path', 'adds', '`telemetry`'];
  return [head, ...rows];
}

/** @returns {Rows} */
function settingRows() {
  const rows = settingTable.map(({ box, field, name, least, most }) => {
    const meaning = meanings[field];
    if (meaning === undefined) throw new Error(`nothing says what the setting ${field} bounds`);
    const standard = settingDefaults[box][field];
    return [`\`${box}.${field}\``, `\`${name}\``, `${standard}`, `${least} to ${most}`, meaning];
  });
  return [['setting', 'variable', 'default', 'bounds', 'what it bounds'], ...rows];
}
