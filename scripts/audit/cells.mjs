/**
 * Cells that only observe: no decision of the allocator may read one. A TELEMETRY operation whose
 * result is used, or whose cell is read anywhere but in the code that reports figures, is a
 * CORRECTNESS operation that says otherwise.
 *
 * A cell is known by the constants that are added up to its number (`record + R_FOO`): names in
 * capitals that the operation's second argument adds, or that an element access does, by themselves or
 * by way of a `const` of the same file.
 */
import ts from 'typescript';
import { walk } from './parse.mjs';

/** Source files that report figures; what they read decides nothing in the allocator. */
const REPORTING = /^src\/(inspect|base\/telemetry)\//;

/**
 * @typedef {object} Call an atomic operation
 * @property {string} file
 * @property {number} line
 * @property {string} operation
 * @property {string} kind
 * @property {ts.CallExpression} node
 */

/**
 * @param {readonly Call[]} calls every atomic operation of the source
 * @param {readonly { file: string, tree: ts.SourceFile }[]} sources
 * @returns {string[]} problems
 */
export function auditCells(calls, sources) {
  /** @type {string[]} */
  const problems = [];
  /** @type {Map<string, string>} the cells of TELEMETRY operations, and where one of those is */
  const observed = new Map();
  for (const { file, line, operation, kind, node } of calls) {
    if (kind !== 'TELEMETRY' || REPORTING.test(file)) continue;
    const where = `${file}:${line}: ${operation}`;
    if (isUsed(node)) problems.push(`${where} is TELEMETRY, but what it gives is used`);
    for (const name of addends(node.arguments[1])) observed.set(name, where);
  }
  if (observed.size === 0) return problems;
  for (const { file, tree } of sources) {
    if (REPORTING.test(file)) continue;
    walk(tree, (node) => {
      const read = cellRead(node, calls);
      if (read === undefined || !isUsed(node)) return;
      for (const name of addends(read)) {
        const where = observed.get(name);
        if (where === undefined) continue;
        const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        problems.push(`${where} is TELEMETRY, but ${file}:${line} reads ${name}`);
      }
    });
  }
  return problems;
}

/**
 * The number of the cell that an expression reads, plainly or by an atomic operation.
 *
 * @param {ts.Node} node
 * @param {readonly Call[]} calls
 */
function cellRead(node, calls) {
  if (ts.isElementAccessExpression(node)) return node.argumentExpression;
  return calls.find((call) => call.node === node)?.node.arguments[1];
}

/**
 * Whether an expression's value goes anywhere: not where it is a statement of its own, is assigned
 * to, or is counted up or down by such a statement.
 *
 * @param {ts.Node} node
 * @returns {boolean}
 */
function isUsed(node) {
  const { parent } = node;
  if (ts.isExpressionStatement(parent)) return false;
  if (ts.isParenthesizedExpression(parent) || ts.isVoidExpression(parent)) return isUsed(parent);
  const assigned =
    ts.isBinaryExpression(parent) &&
    parent.left === node &&
    parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
  const stepped =
    (ts.isPostfixUnaryExpression(parent) || ts.isPrefixUnaryExpression(parent)) &&
    [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(parent.operator);
  return assigned || stepped ? isUsed(parent) : true;
}

/**
 * What the nearest `const` of a name is made of, if there is one around it.
 *
 * @param {ts.Identifier} name
 * @returns {ts.Expression | undefined}
 */
function constantOf(name) {
  for (let scope = name.parent; scope !== undefined; scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some((p) => p.name.getText() === name.text)) {
      return undefined;
    }
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) continue;
      const found = statement.declarationList.declarations.find(
        (declaration) => declaration.name.getText() === name.text,
      );
      // One that is made of itself, by a name of an outer scope, would not end.
      if (found !== undefined) return found.end < name.pos ? found.initializer : undefined;
    }
  }
  return undefined;
}

/**
 * The constants that an expression adds up.
 *
 * @param {ts.Node | undefined} expression
 * @returns {string[]}
 */
function addends(expression) {
  if (expression === undefined) return [];
  if (ts.isParenthesizedExpression(expression)) return addends(expression.expression);
  if (ts.isIdentifier(expression)) {
    return /^[A-Z][A-Z0-9_]*$/.test(expression.text)
      ? [expression.text]
      : addends(constantOf(expression));
  }
  const sum =
    ts.isBinaryExpression(expression) &&
    [ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarToken].includes(expression.operatorToken.kind);
  return sum ? [...addends(expression.left), ...addends(expression.right)] : [];
}
