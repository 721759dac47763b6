/**
 * Plants a telemetry counter in malloc at build time, without a change in src/: what the A/B runs
 * are tried on, and what a counter of each kind costs.
 */
import { readFileSync } from 'node:fs';

/** The statement that counts one malloc, by kind; the cell is of shared memory in both. */
const counters = {
  atomic: 'Atomics.add(PLANTED, 0, 1);',
  plain: 'PLANTED[0] = (PLANTED[0] + 1) | 0;',
};

export const plants = Object.keys(counters);

const start = /\bmalloc\(size: number\): Ptr \{/g;

/**
 * @param {string} kind one of `plants`
 * @returns {import('esbuild').Plugin}
 */
export function plant(kind) {
  if (!Object.hasOwn(counters, kind)) {
    throw new Error(`--plant takes ${plants.join(' or ')}, not '${kind}'`);
  }
  const counter = counters[/** @type {keyof typeof counters} */ (kind)];
  return {
    name: 'plant',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]allocator\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const places = source.match(start)?.length ?? 0;
        if (places !== 1) throw new Error(`malloc starts in ${places} places of ${path}, not in 1`);
        const planted = source.replace(start, (line) => `${line}\n    ${counter}`);
        const cell = 'const PLANTED = new Int32Array(new SharedArrayBuffer(64));';
        return { contents: `${planted}\n${cell}\n`, loader: 'ts' };
      });
    },
  };
}
