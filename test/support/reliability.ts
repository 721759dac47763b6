import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
const text = page.replaceAll(/\s+/g, ' ');

/** The figure that docs/reliability.md has at the `#` in these words, which stand there once. */
export function toldFigure(words: string): number {
  const escaped = words.replaceAll(/[^\w\s#]/g, '\\$&');
  const found = [...text.matchAll(new RegExp(escaped.replace('#', '(\\d[\\d,]*)'), 'g'))];
  const [first] = found;
  if (!first || found.length > 1) {
    throw new Error(`docs/reliability.md says '${words}' ${found.length} times, not once`);
  }
  return Number(first[1]!.replaceAll(',', ''));
}
