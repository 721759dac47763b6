/**
 * Which functions of the library take steps: those that touch shared cells, and those that call
 * them. Only these become resumable; all others stay as they are.
 */
import { posix } from 'node:path';
import ts from 'typescript';

/** @typedef {{ file: string, source: ts.SourceFile, imports: Map<string, string> }} Module */

/** Functions and methods that read or change the buffer's length, which is shared like a cell. */
const LENGTH = new Set(['refreshViews', 'reach', 'grow']);

/** Where the methods of an Allocator stand: its class, then what it extends. */
const METHODS = ['src/allocator.ts', 'src/connection.ts'];

/** @param {ts.Node} node `cells[i]`, `core.doubles[i]` and their like @returns {node is ts.ElementAccessExpression} */
export function isCellAccess(node) {
  return ts.isElementAccessExpression(node) && viewOf(node.expression) !== undefined;
}

/** @param {ts.Expression} expression @returns {'cells' | 'doubles' | undefined} */
export function viewOf(expression) {
  const name = ts.isIdentifier(expression)
    ? expression.text
    : ts.isPropertyAccessExpression(expression)
      ? expression.name.text
      : '';
  return name === 'cells' || name === 'doubles' ? name : undefined;
}

/** @param {ts.Node} node @returns {string | undefined} the operation of `Atomics.operation(…)` */
export function atomicOf(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
  const { expression, name } = node.expression;
  return ts.isIdentifier(expression) && expression.text === 'Atomics' ? name.text : undefined;
}

/** @param {ts.Node} node @returns {'fill' | 'copyWithin' | undefined} */
export function rangeOf(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
  const { expression, name } = node.expression;
  const bulk = name.text === 'fill' || name.text === 'copyWithin';
  return bulk && viewOf(expression) ? name.text : undefined;
}

/** @param {ts.Node} node @returns {string | undefined} */
export function lengthOf(node) {
  if (!ts.isCallExpression(node)) return;
  const { expression } = node;
  const called = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(called) && LENGTH.has(called.text) ? called.text : undefined;
}

/** @param {string} file @param {string} text @returns {Module} */
export function parse(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports = new Map();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const from = /** @type {ts.StringLiteral} */ (statement.moduleSpecifier).text;
    const named = statement.importClause?.namedBindings;
    if (!from.startsWith('.') || !named || !ts.isNamedImports(named)) continue;
    const target = posix.join(posix.dirname(file), from).replace(/\.js$/, '.ts');
    for (const { name, propertyName } of named.elements) {
      imports.set(name.text, `${target}#${(propertyName ?? name).text}`);
    }
  }
  return { file, source, imports };
}

/**
 * What a call calls: a function of the library by `file#name`, `visit` for a parameter that is a
 * function, or undefined for anything else.
 *
 * @param {Module} module @param {ts.CallExpression} call @param {ReadonlySet<string>} known
 */
export function calleeOf(module, call, known) {
  const { expression } = call;
  if (ts.isIdentifier(expression)) {
    if (isFunctionParameter(expression)) return 'visit';
    if (isChosen(expression)) {
      throw new Error(`${module.file}: ${expression.text} is called, which may be any function`);
    }
    const key = keyOf(module, expression.text);
    return known.has(key) ? key : undefined;
  }
  if (!ts.isPropertyAccessExpression(expression)) return;
  const { expression: receiver, name } = expression;
  const ofThis = receiver.kind === ts.SyntaxKind.ThisKeyword;
  const ofHeap =
    (ts.isIdentifier(receiver) && receiver.text === 'heap') ||
    (ts.isPropertyAccessExpression(receiver) && receiver.name.text === 'heap');
  if (!ofThis && !ofHeap) return;
  return METHODS.map((file) => `${file}#${name.text}`).find((key) => known.has(key));
}

/** @param {Module} module @param {string} name */
export function keyOf(module, name) {
  return module.imports.get(name) ?? `${module.file}#${name}`;
}

/** @param {ts.Identifier} name */
function isFunctionParameter(name) {
  for (let at = name.parent; at !== undefined; at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    for (const parameter of at.parameters) {
      if (!ts.isIdentifier(parameter.name) || parameter.name.text !== name.text) continue;
      const { type } = parameter;
      return type !== undefined && (ts.isFunctionTypeNode(type) || ts.isTypeQueryNode(type));
    }
  }
  return false;
}

/** @param {ts.Identifier} name whether a variable of the function around has it, with a function in it from elsewhere */
function isChosen(name) {
  for (let at = name.parent; at !== undefined; at = at.parent) {
    if (!ts.isBlock(at)) continue;
    for (const statement of at.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name: declared, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(declared) || declared.text !== name.text) continue;
        return initializer === undefined || !ts.isFunctionLike(initializer);
      }
    }
  }
  return false;
}

/** @param {Module} module @returns {Map<string, ts.FunctionLikeDeclaration>} named functions and methods */
function functionsOf(module) {
  const found = new Map();
  for (const statement of module.source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name && statement.body) {
      found.set(`${module.file}#${statement.name.text}`, statement);
    } else if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (initializer && ts.isArrowFunction(initializer) && ts.isIdentifier(name)) {
          found.set(`${module.file}#${name.text}`, initializer);
        }
      }
    } else if (ts.isClassDeclaration(statement)) {
      for (const member of statement.members) {
        if (ts.isMethodDeclaration(member) && ts.isIdentifier(member.name)) {
          found.set(`${module.file}#${member.name.text}`, member);
        }
      }
    }
  }
  return found;
}

/**
 * @param {readonly Module[]} modules
 * @returns {{ known: Set<string>, steps: Set<string> }} all functions, and those that take steps
 */
export function analyse(modules) {
  const known = new Set();
  const bodies = modules.map((module) => ({ module, functions: functionsOf(module) }));
  for (const { functions } of bodies) for (const key of functions.keys()) known.add(key);
  /** @type {Map<string, Set<string>>} */
  const callers = new Map();
  const steps = new Set();
  for (const { module, functions } of bodies) {
    for (const [key, body] of functions) {
      each(body, (node) => {
        if (isCellAccess(node) || atomicOf(node) || rangeOf(node) || lengthOf(node)) steps.add(key);
        if (!ts.isCallExpression(node)) return;
        const callee = calleeOf(module, node, known);
        if (callee === 'visit') steps.add(key);
        else if (callee) callers.set(callee, (callers.get(callee) ?? new Set()).add(key));
        // What is handed to a library function is called by it, as a resumable function.
        if (!callee) return;
        for (const argument of node.arguments) {
          if (!ts.isIdentifier(argument)) continue;
          const visited = keyOf(module, argument.text);
          if (known.has(visited)) steps.add(visited);
        }
      });
    }
  }
  for (const key of steps) for (const caller of callers.get(key) ?? []) steps.add(caller);
  return { known, steps };
}

/**
 * Whether a function of a scenario runs under the scheduler: those that stand in tables, and those
 * that take a thread or the world.
 *
 * @param {ts.Node} node
 */
export function isScenarioFunction(node) {
  if (!ts.isArrowFunction(node) || !node.getSourceFile().fileName.startsWith('test/')) return false;
  if (ts.isPropertyAssignment(node.parent) || ts.isArrayLiteralExpression(node.parent)) return true;
  const taken = node.parameters[0]?.type?.getText();
  return taken === 'Thread' || taken === 'World';
}

/** @param {ts.Node} node @param {(node: ts.Node) => void} visit */
function each(node, visit) {
  if (isScenarioFunction(node)) return;
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}
