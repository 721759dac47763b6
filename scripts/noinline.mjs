/**
 * What `__attribute__((noinline))` is to a C allocator's slow paths, for V8, which has no such word: it
 * inlines whatever it has seen called often enough and whose bytecode has at most 460 bytes
 * (`--max-inlined-bytecode-size`, the same in all releases that the library supports). A slow path that
 * is inlined into a user's loop makes it longer than the loops that V8 peels, and what lives across the
 * slow path's calls is written to the stack on the fast path too; see docs/performance.md.
 *
 * A function whose comment has `@noinline` gets a statement that makes it longer than that, is run for
 * -1 alone, and changes nothing: `~~x` is x for every number of 32 bits with a sign.
 */
import ts from 'typescript';
import { parseBundle, walk } from './audit/parse.mjs';

/** An even number of operators; each is two bytes of bytecode. */
const OPERATORS = '~'.repeat(232);

/**
 * @param {string} code a bundle
 * @returns {string} the same on the same lines
 */
export function keepFromInlining(code) {
  return keptOut(code).reduceRight((text, { body, parameter }) => {
    const at = body.getStart() + 1;
    const bulk = ` if (${parameter} === -1) ${parameter} = ${OPERATORS}${parameter};`;
    return text.slice(0, at) + bulk + text.slice(at);
  }, code);
}

/**
 * The functions of a bundle that are not to be inlined, in order.
 *
 * @param {string} code
 * @returns {{ name: string, parameter: string, body: ts.Block }[]}
 */
export function keptOut(code) {
  /** @type {{ name: string, parameter: string, body: ts.Block }[]} */
  const found = [];
  walk(parseBundle(code), (node) => {
    if (!ts.isMethodDeclaration(node) && !ts.isFunctionDeclaration(node)) return;
    if (!ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'noinline')) return;
    const parameter = node.parameters[0]?.name;
    if (!node.name || !parameter || !ts.isIdentifier(parameter) || !node.body) {
      throw new Error('@noinline needs a parameter with a name');
    }
    found.push({ name: node.name.getText(), parameter: parameter.text, body: node.body });
  });
  return found;
}
