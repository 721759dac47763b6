/** What the transformation asks of a node: its name, its place, what its comments declare. */
import ts from 'typescript';

/** @param {ts.FunctionLikeDeclaration} node @returns {string | undefined} */
export function nameOf(node) {
  if (node.name && ts.isIdentifier(node.name)) return node.name.text;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)
    ? parent.name.text
    : undefined;
}

/** @param {ts.Node} node whether it stands at a module's top level, or is a class's method */
export function isTop(node) {
  if (ts.isFunctionDeclaration(node)) return ts.isSourceFile(node.parent);
  if (ts.isMethodDeclaration(node)) return ts.isClassDeclaration(node.parent);
  return ts.isVariableDeclaration(node.parent) && ts.isSourceFile(node.parent.parent.parent.parent);
}

/**
 * Whether a comment before the statement around an access declares that
 * the access races and why that is benign.
 *
 * @param {ts.Node} node @param {ts.SourceFile} source
 */
export function isDeclared(node, source) {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const comments = ts.getLeadingCommentRanges(source.text, at.getFullStart()) ?? [];
    if (comments.some(({ pos, end }) => /benign race:/i.test(source.text.slice(pos, end)))) {
      return true;
    }
    // Its statement, not the blocks inside of it.
    if (ts.isFunctionLike(at) || ts.isBlock(at)) return false;
  }
  return false;
}
