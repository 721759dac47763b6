/**
 * The shape of the fast paths: what malloc and free of a bundle do, counted by the parser. A call of
 * the bundle's own functions is followed, so a helper's work counts too, up to the slow halves.
 */
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { parseBundle, walk } from './parse.mjs';

/** Where the fast paths end. */
export const SLOW_HALVES = ['mallocFromSlabs', 'mallocOther', 'freeOther', 'freeView'];
export const FAST_PATHS = ['malloc', 'free'];
/** Those of Large blocks, which are functions. Where malloc calls one its own shape ends. */
export const LARGE_PATHS = ['takeKept', 'keepRun'];

/**
 * @typedef {object} Shape
 * @property {number} cellLoads elements read
 * @property {number} cellStores elements written
 * @property {number} propertyLoads
 * @property {number} propertyStores
 * @property {number} calls those of the slow halves included
 * @property {number} branches
 * @property {number} arithmetic
 * @property {number} comparisons
 * @property {number} allocations objects, arrays, functions and templates
 * @property {number} atomics
 * @property {number} bytes of the path's own minified text
 */

/**
 * @param {string} code a bundle
 * @returns {Record<string, Shape>}
 * @throws {Error} when the bundle has no class with both fast paths
 */
export function shapesOf(code) {
  const { methods, functions } = declarations(parseBundle(code));
  const small = declarations(
    parseBundle(transformSync(code, { minify: true, format: 'esm' }).code),
  );
  const shapeOf = (/** @type {ts.Node} */ path, /** @type {string} */ text) => {
    const shape = emptyShape();
    count(path, shape, methods, functions, new Set());
    shape.bytes = Buffer.byteLength(text);
    return shape;
  };
  /** @type {Record<string, Shape>} */
  const shapes = {};
  for (const name of FAST_PATHS) {
    shapes[name] = shapeOf(find(methods, name), find(small.methods, name).getText());
  }
  for (const name of LARGE_PATHS) {
    const path = find(functions, name);
    shapes[name] = shapeOf(path, transformSync(path.getText(), { minify: true }).code);
  }
  return shapes;
}

/**
 * @param {string} code a bundle
 * @returns {string[]} problems
 */
export function atomicsOnFastPaths(code) {
  return Object.entries(shapesOf(code))
    .filter(([, shape]) => shape.atomics > 0)
    .map(([name, shape]) => `the fast path of ${name} holds ${shape.atomics} atomic operation(s)`);
}

/**
 * @param {Record<string, Shape>} shapes
 * @param {Record<string, Shape>} golden
 * @returns {string[]} differences
 */
export function shapeDifferences(shapes, golden) {
  return [...FAST_PATHS, ...LARGE_PATHS].flatMap((name) =>
    /** @type {(keyof Shape)[]} */ (Object.keys(emptyShape()))
      .filter((part) => shapes[name]?.[part] !== golden[name]?.[part])
      .map(
        (part) =>
          `${name}: ${part} ${golden[name]?.[part]} recorded, ${shapes[name]?.[part]} built`,
      ),
  );
}

/** @returns {Shape} */
function emptyShape() {
  return {
    cellLoads: 0,
    cellStores: 0,
    propertyLoads: 0,
    propertyStores: 0,
    calls: 0,
    branches: 0,
    arithmetic: 0,
    comparisons: 0,
    allocations: 0,
    atomics: 0,
    bytes: 0,
  };
}

/** @param {ts.SourceFile} tree */
function declarations(tree) {
  /** @type {Map<string, ts.Node>} */
  const methods = new Map();
  /** @type {Map<string, ts.Node>} */
  const functions = new Map();
  walk(tree, (node) => {
    if (ts.isFunctionDeclaration(node) && node.name) functions.set(node.name.text, node);
    if (ts.isVariableDeclaration(node) && node.initializer) {
      // Those that V8 compiles with the bundle stand in parentheses.
      const { initializer } = node;
      const value = ts.isParenthesizedExpression(initializer)
        ? initializer.expression
        : initializer;
      if (ts.isFunctionLike(value)) functions.set(node.name.getText(), value);
    }
    if (!ts.isClassLike(node)) return;
    const own = node.members.filter((member) => ts.isMethodDeclaration(member));
    const names = own.map((method) => method.name.getText());
    if (![...FAST_PATHS, ...SLOW_HALVES].every((name) => names.includes(name))) return;
    own.forEach((method, index) => methods.set(names[index], method));
  });
  return { methods, functions };
}

/**
 * @param {Map<string, ts.Node>} declared
 * @param {string} name
 */
function find(declared, name) {
  const method = declared.get(name);
  if (method === undefined) throw new Error(`the bundle has no ${name}, or not its slow half`);
  return method;
}

/**
 * Adds what a function does to `shape`.
 *
 * @param {ts.Node} body
 * @param {Shape} shape
 * @param {Map<string, ts.Node>} methods
 * @param {Map<string, ts.Node>} functions
 * @param {Set<ts.Node>} within functions being followed, so that recursion ends
 */
function count(body, shape, methods, functions, within) {
  if (within.has(body)) return;
  within.add(body);
  walk(body, (node) => {
    if (ts.isIdentifier(node) && node.text === 'Atomics') shape.atomics++;
    if (ts.isElementAccessExpression(node)) access(node, shape, 'cellLoads', 'cellStores');
    if (ts.isPropertyAccessExpression(node)) access(node, shape, 'propertyLoads', 'propertyStores');
    if (ts.isBindingElement(node)) shape.propertyLoads++;
    if (ts.isBinaryExpression(node)) operator(node.operatorToken.kind, shape);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) shape.arithmetic++;
    if (isBranch(node)) shape.branches++;
    if (node !== body && isAllocation(node)) shape.allocations++;
    if (!ts.isCallExpression(node)) return;
    shape.calls++;
    const callee = calleeOf(node.expression, methods, functions);
    if (callee !== undefined) count(callee, shape, methods, functions, within);
  });
  within.delete(body);
}

/**
 * @param {ts.Expression} expression
 * @param {Map<string, ts.Node>} methods
 * @param {Map<string, ts.Node>} functions
 */
function calleeOf(expression, methods, functions) {
  if (ts.isIdentifier(expression)) {
    return LARGE_PATHS.includes(expression.text) ? undefined : functions.get(expression.text);
  }
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const name = expression.name.text;
  const own = expression.expression.kind === ts.SyntaxKind.ThisKeyword;
  return own && !SLOW_HALVES.includes(name) ? methods.get(name) : undefined;
}

/**
 * @param {ts.Node} node
 * @param {Shape} shape
 * @param {'cellLoads' | 'propertyLoads'} loads
 * @param {'cellStores' | 'propertyStores'} stores
 */
function access(node, shape, loads, stores) {
  const { parent } = node;
  const first = ts.SyntaxKind.FirstAssignment;
  const assigned = ts.isBinaryExpression(parent) && parent.left === node;
  const token = assigned ? parent.operatorToken.kind : undefined;
  const isAssignment =
    token !== undefined && token >= first && token <= ts.SyntaxKind.LastAssignment;
  const steps =
    (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) &&
    [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(parent.operator);
  if (isAssignment || steps) shape[stores]++;
  if (!(isAssignment && token === first)) shape[loads]++;
}

/**
 * @param {ts.SyntaxKind} kind
 * @param {Shape} shape
 */
function operator(kind, shape) {
  const text = ts.tokenToString(kind) ?? '';
  if (['&&', '||', '??', '&&=', '||=', '??='].includes(text)) shape.branches++;
  else if (/^([<>]=?|[!=]==?|in|instanceof)$/.test(text)) shape.comparisons++;
  else if (text !== '=' && text !== ',') shape.arithmetic++;
}

/** @param {ts.Node} node */
function isBranch(node) {
  return (
    ts.isIfStatement(node) ||
    ts.isConditionalExpression(node) ||
    ts.isIterationStatement(node, false) ||
    ts.isCaseClause(node)
  );
}

/** @param {ts.Node} node */
function isAllocation(node) {
  return (
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node)
  );
}
