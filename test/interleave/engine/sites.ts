/** Where accesses stand in the sources, and which races among them are not declared. */
import sites from 'interleave-sites';

/** For each access, whether a comment beside it declares that it races and why that is benign. */
export const BENIGN = Uint8Array.from(sites, ({ benign }) => (benign ? 1 : 0));

/** A sentence for each pair of accesses that races undeclared; undefined if there is none. */
export function describeRaces(races: ReadonlySet<number>): string | undefined {
  const found: string[] = [];
  for (const pair of races) {
    const earlier = Math.floor(pair / 65536);
    const later = pair % 65536;
    if (BENIGN[earlier] === 1 || BENIGN[later] === 1) continue;
    found.push(`${nameOf(later)} races with ${nameOf(earlier)}`);
  }
  return found.length > 0 ? [...new Set(found)].join('\n') : undefined;
}

/** An access as file, line and text. */
export function nameOf(site: number): string {
  const { file, line, text } = sites[site]!;
  return `${file}:${line} ${text}`;
}
