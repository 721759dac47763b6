/** A bundle as a tree, and every node of a tree. */
import ts from 'typescript';

/** @param {string} code JavaScript */
export function parseBundle(code) {
  return ts.createSourceFile('bundle.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
}

/**
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} look
 */
export function walk(node, look) {
  look(node);
  ts.forEachChild(node, (child) => {
    walk(child, look);
  });
}
