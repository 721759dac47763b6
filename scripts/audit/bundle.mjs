/** What the production bundle must not hold, and how large it may be. */
import { SourceMap } from 'node:module';
import { gzipSync } from 'node:zlib';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { parseBundle, walk } from './parse.mjs';

/** Source files whose code only serves telemetry, cells and counting. */
const STATS_ONLY = /(^|\/)src\/base\/telemetry\//;

/**
 * Flag names, TELEMETRY calls and stats-only cells in a bundle.
 *
 * @param {string} code
 * @param {string} map its source map
 * @param {readonly import('./source.mjs').Site[]} sites of the source
 * @param {readonly string[]} flags every flag's name
 * @returns {string[]} problems
 */
export function auditBundle(code, map, sites, flags) {
  /** @type {string[]} */
  const problems = [];
  for (const flag of flags) {
    if (code.includes(flag)) problems.push(`the bundle holds the flag name ${flag}`);
  }
  const source = new SourceMap(JSON.parse(map));
  const telemetry = new Set(
    sites.filter((site) => site.kind === 'TELEMETRY').map((site) => `${site.file}:${site.line}`),
  );
  const operations = new Set(sites.map((site) => site.operation));
  const tree = parseBundle(code);
  const seen = new Set();
  walk(tree, (node) => {
    if (!ts.isIdentifier(node) && !ts.isNumericLiteral(node)) return;
    const { line, character } = tree.getLineAndCharacterOfPosition(node.getStart());
    const entry = source.findEntry(line, character);
    if (!('originalSource' in entry)) return;
    const file = entry.originalSource.replace(/^.*?(src\/)/, '$1');
    const at = `${file}:${entry.originalLine + 1}`;
    if (STATS_ONLY.test(file)) report(`the bundle holds the stats-only ${node.text} of ${file}`);
    const called = ts.isCallExpression(node.parent) && node.parent.expression === node;
    if (called && operations.has(node.text) && telemetry.has(at)) {
      report(`the bundle holds the TELEMETRY call ${node.text} of ${at}`);
    }
  });
  return problems;

  /** @param {string} problem */
  function report(problem) {
    if (!seen.has(problem)) problems.push(problem);
    seen.add(problem);
  }
}

/**
 * @param {string} code
 * @returns {Sizes}
 * @typedef {{ raw: number, minified: number, gzip: number }} Sizes bytes
 */
export function sizesOf(code) {
  const minified = transformSync(code, { minify: true, format: 'esm', target: 'es2022' }).code;
  return {
    raw: Buffer.byteLength(code),
    minified: Buffer.byteLength(minified),
    gzip: gzipSync(minified, { level: 9 }).length,
  };
}

/**
 * @param {Sizes} sizes
 * @param {Sizes} budget
 * @returns {string[]} problems
 */
export function overBudget(sizes, budget) {
  return /** @type {(keyof Sizes)[]} */ (['raw', 'minified', 'gzip'])
    .filter((form) => !(sizes[form] <= budget[form]))
    .map((form) => `the bundle has ${sizes[form]} bytes ${form}; the budget is ${budget[form]}`);
}

/**
 * The budget to record: room for two per cent, so that it speaks up about growth and not about every
 * word. It comes down with the bundle, and rises only where that is `accepted`.
 *
 * @param {Sizes} sizes
 * @param {Sizes | undefined} stored
 * @param {boolean} accepted
 * @returns {Sizes}
 */
export function nextBudget(sizes, stored, accepted) {
  /** @param {keyof Sizes} form */
  const budget = (form) => {
    const roomy = Math.ceil((sizes[form] * 1.02) / 100) * 100;
    return stored === undefined || accepted ? roomy : Math.min(stored[form], roomy);
  };
  return { raw: budget('raw'), minified: budget('minified'), gzip: budget('gzip') };
}
