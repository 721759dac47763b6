/**
 * The functions that V8 compiles with the bundle, not at their first call: those that every thread
 * runs when it attaches and when it detaches. Compiled one by one in the middle of either they cost
 * more than the work that they do; see docs/performance.md. scripts/eager.json names them; the audit
 * compares it with what a thread calls, and writes it with --write.
 */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { parseBundle } from './audit/parse.mjs';

/** Where the names stand. */
export const eagerFile = new URL('eager.json', import.meta.url);

/** @returns {readonly string[]} */
export function eagerNames() {
  return JSON.parse(readFileSync(eagerFile, 'utf8'));
}

/**
 * Writes `function f(…) {…}` as `const f = (function(…) {…});` for every top-level function of these
 * names: V8 takes a function expression behind a parenthesis for one that is called at once, and
 * compiles it with the script. Otherwise it means the same, since no function of src/ is called
 * before the line that declares it has run.
 *
 * @param {string} code a bundle
 * @param {readonly string[]} names
 */
export function compileEagerly(code, names) {
  const wanted = new Set(names);
  let result = '';
  let done = 0;
  for (const [name, node] of functionsOf(code)) {
    if (!wanted.has(name.text)) continue;
    const rest = code.slice(name.end, node.end);
    result += `${code.slice(done, node.getStart())}const ${name.text} = (function${rest});`;
    done = node.end;
  }
  return result + code.slice(done);
}

/**
 * The top-level functions of a bundle, in order.
 *
 * @param {string} code
 * @returns {[ts.Identifier, ts.FunctionDeclaration][]}
 */
export function functionsOf(code) {
  return parseBundle(code).statements.flatMap((node) =>
    ts.isFunctionDeclaration(node) && node.name ? [[node.name, node]] : [],
  );
}
