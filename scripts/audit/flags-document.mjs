/** The table of docs/flags.md, made from src/base/flags.ts. */
import { flagTable } from '../flags.mjs';

const BEGIN = '<!-- flags: written by npm run audit -- --write -->';
const END = '<!-- end of flags -->';

/**
 * A document with its table as it has to be.
 *
 * @param {string} text
 * @returns {string}
 * @throws {Error} when it has no place for the table
 */
export function withFlags(text) {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/flags.md lacks ${BEGIN} or ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${table()}\n\n${text.slice(end)}`;
}

function table() {
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
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
