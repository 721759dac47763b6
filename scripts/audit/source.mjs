/**
 * Every atomic operation of the source, with what the nearest `@atomics` comment says of it.
 *
 * The comment stands above the call's statement, above a function that encloses it, or in the file's
 * head, and reads `@atomics PATH KIND: REASON`. The nearest wins, so one comment may cover a function
 * or a file whose atomics have one reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { auditCells } from './cells.mjs';

/** The one module that may use `Atomics`; its functions are the project's operations. */
export const ATOMICS_MODULE = 'src/base/atomics.ts';
const PATHS = ['hot', 'warm', 'cold'];
const KINDS = ['CORRECTNESS', 'TELEMETRY'];

/**
 * @typedef {object} Site
 * @property {string} file from the project's folder
 * @property {string} function the innermost one that has a name, with its class
 * @property {string} operation
 * @property {string} path
 * @property {string} kind
 * @property {string} reason
 * @property {number} line from 1, for messages and source maps; the document leaves it out
 * @property {number} column from 0
 */

/**
 * @param {string} root the folder that holds src/
 * @returns {{ sites: Site[], problems: string[] }}
 */
export function auditSource(root) {
  /** @type {Site[]} */
  const sites = [];
  /** @type {string[]} */
  const problems = [];
  /** @type {import('./cells.mjs').Call[]} */
  const calls = [];
  /** @type {{ file: string, tree: ts.SourceFile }[]} */
  const sources = [];
  for (const file of sourceFiles(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    sources.push({ file, tree });
    const names = importedOperations(tree);
    visit(tree, (node) => {
      const operation = operationOf(node, names);
      if (operation === undefined) return;
      const { line, character } = tree.getLineAndCharacterOfPosition(node.getStart());
      const where = `${file}:${line + 1}: ${operation}`;
      const call = callOf(node);
      if (call === undefined) {
        problems.push(`${where} is not called but handed on, so the audit cannot follow it`);
        return;
      }
      const note = nearestNote(node, tree);
      const problem = problemOf(note);
      if (problem !== undefined) problems.push(`${where} ${problem}`);
      const [, path = '', kind = '', reason = ''] = note ?? [];
      sites.push({
        file,
        function: enclosingFunction(node),
        operation,
        path,
        kind,
        reason,
        line: line + 1,
        column: character,
      });
      calls.push({ file, line: line + 1, operation, kind, node: call });
    });
  }
  problems.push(...auditCells(calls, sources));
  return { sites, problems };
}

/** @param {string} root */
function sourceFiles(root) {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .sort();
}

/**
 * Local names of the atomics module's functions, to what they are there; `*` for a namespace.
 *
 * @param {ts.SourceFile} tree
 */
function importedOperations(tree) {
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier))
      continue;
    if (!/(^|\/)atomics\.js$/.test(statement.moduleSpecifier.text)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined) continue;
    if (ts.isNamespaceImport(bindings)) names.set(bindings.name.text, '*');
    else
      for (const { name, propertyName } of bindings.elements) {
        if (/^[a-z]/.test((propertyName ?? name).text))
          names.set(name.text, (propertyName ?? name).text);
      }
  }
  return names;
}

/**
 * The operation that an identifier names where it is used, if it names one.
 *
 * @param {ts.Node} node
 * @param {Map<string, string>} names
 */
function operationOf(node, names) {
  if (!ts.isIdentifier(node) || ts.isImportSpecifier(node.parent)) return undefined;
  const { parent } = node;
  const isProperty = ts.isPropertyAccessExpression(parent) && parent.name === node;
  if (isProperty || ts.isNamespaceImport(parent)) return undefined;
  const member = ts.isPropertyAccessExpression(parent) ? parent.name.text : '?';
  if (node.text === 'Atomics') return `Atomics.${member}`;
  const operation = names.get(node.text);
  if (operation === undefined || (isDeclaredName(node) && operation !== '*')) return undefined;
  return operation === '*' ? member : operation;
}

/** @param {ts.Identifier} node */
function isDeclaredName(node) {
  const named = /** @type {{ name?: ts.Node }} */ (/** @type {unknown} */ (node.parent));
  return named.name === node;
}

/**
 * The call of the operation that an identifier names, if it is one.
 *
 * @param {ts.Node} node
 */
function callOf(node) {
  const callee =
    ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node
      ? node.parent
      : node;
  const { parent } = callee;
  return ts.isCallExpression(parent) && parent.expression === callee ? parent : undefined;
}

/**
 * The nearest comment's match: path, kind, reason.
 *
 * @param {ts.Node} from
 * @param {ts.SourceFile} tree
 */
function nearestNote(from, tree) {
  for (let node = from; !ts.isSourceFile(node); node = node.parent) {
    if (!ts.isStatement(node) && !ts.isClassElement(node)) continue;
    const note = noteAbove(node.getFullStart(), tree);
    if (note !== undefined) return note;
  }
  return noteAbove(0, tree);
}

/**
 * @param {number} position where the space before a node begins
 * @param {ts.SourceFile} tree
 */
function noteAbove(position, tree) {
  const comments = ts.getLeadingCommentRanges(tree.text, position) ?? [];
  const text = comments.map(({ pos, end }) => plain(tree.text.slice(pos, end))).join('\n\n');
  const [, note] = /(@atomics\b[^@]*)/.exec(text) ?? [];
  if (note === undefined) return undefined;
  const paragraph = note
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, ' ')
    .trim();
  return /^@atomics ?([^\s:]*) ?([^\s:]*):? ?(.*)$/.exec(paragraph) ?? undefined;
}

/**
 * A comment's words, without its marks.
 *
 * @param {string} comment
 */
function plain(comment) {
  return comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .replace(/^[ \t]*(\/\/|\*)/gm, '')
    .trim();
}

/** @param {RegExpExecArray | undefined} note */
function problemOf(note) {
  if (note === undefined) return 'has no @atomics comment';
  const [, path, kind, reason] = note;
  if (!PATHS.includes(path)) return `has the path '${path}', which is none of ${PATHS.join(', ')}`;
  if (!KINDS.includes(kind)) return `is '${kind}', which is none of ${KINDS.join(', ')}`;
  if (!/\w/.test(reason)) return 'has an @atomics comment without a reason';
  return undefined;
}

/** @param {ts.Node} from */
function enclosingFunction(from) {
  for (let node = from; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionDeclaration(node) && node.name) return node.name.text;
    if (ts.isConstructorDeclaration(node)) return `${node.parent.name?.text ?? ''}.constructor`;
    if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) {
      const owner = ts.isClassLike(node.parent) ? `${node.parent.name?.text ?? ''}.` : '';
      return `${owner}${node.name.getText()}`;
    }
  }
  return '(module)';
}

/**
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} look
 */
function visit(node, look) {
  look(node);
  ts.forEachChild(node, (child) => {
    visit(child, look);
  });
}
