/**
 * Build-time flags: every global that `src/base/flags.ts` declares, with the
 * value it has in the published build. esbuild replaces the names by these
 * constants, so a branch behind a flag that is 0 leaves nothing in the bundle.
 *
 * @type {Readonly<Record<string, number>>}
 */
export const defaultFlags = Object.freeze({
  HAKMEM_BUILD_RELEASE: 1,
  HAKMEM_BUILD_HARDENED: 0,
});

/**
 * The `define` map for esbuild and vitest.
 *
 * @param {readonly string[]} settings `NAME=VALUE` pairs that override the defaults
 * @returns {Record<string, string>} names to source text
 */
export function defines(settings = []) {
  const flags = new Map(Object.entries(defaultFlags));
  for (const setting of settings) {
    const [, name, value] = /^(\w+)=(\d+)$/.exec(setting) ?? [];
    if (name === undefined) throw new Error(`--flag wants NAME=NUMBER, not '${setting}'`);
    if (!flags.has(name)) {
      throw new Error(`no build flag '${name}'; there are: ${[...flags.keys()].join(', ')}`);
    }
    flags.set(name, Number(value));
  }
  return Object.fromEntries([...flags].map(([name, value]) => [name, String(value)]));
}
