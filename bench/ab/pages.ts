/** Writes docs/ab/: the table of all flags and a page for each, from the stored comparisons alone. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPage } from './page-index.js';
import { judged, type Judged, pageName, subjectPage } from './page-subject.js';
import { DOCUMENTED, readComparison } from './record.js';

/** @param data folder of the stored comparisons; the pages go to the folder above it */
export function writePages(data = DOCUMENTED): void {
  const folder = dirname(data);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.md')) rmSync(join(folder, name));
  }
  const all = readAll(data);
  for (const subject of new Set(all.map((comparison) => comparison.subject))) {
    const comparisons = all.filter((comparison) => comparison.subject === subject);
    writeFileSync(join(folder, pageName(subject)), subjectPage(subject, comparisons));
  }
  writeFileSync(join(folder, 'README.md'), indexPage(all));
}

/** Every stored comparison, the oldest Node first. */
export function readAll(data: string): Judged[] {
  if (!existsSync(data)) return [];
  return readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => judged(readComparison(join(data, name)), name));
}
