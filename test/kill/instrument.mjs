/**
 * Marks every place where V8 may end a terminated worker: each function's entry, each loop's back
 * edge and each call of a function that is built in becomes a call `killPoint(n)`. The marks go into
 * the TypeScript sources on their way into esbuild, so that neither the files on disk nor the published
 * bundle know of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { root } from '../../scripts/bundle.mjs';
import { defines } from '../../scripts/flags.mjs';

/**
 * @typedef {object} Point
 * @property {string} file path from the project's folder
 * @property {number} line
 * @property {string} within the innermost function with a name
 * @property {'entry' | 'back edge' | 'call'} kind
 * @property {string} text the source that is marked
 * @property {boolean} [built] whether the published build has it
 */

/** Files that write no shared byte, so nothing in them can be left half done. */
const READ_ONLY =
  /^src\/(inspect\/|hardened\/(census|history|leak-report|leaks|report|settings)\.ts|base\/(errors|flags|layout|offsets|settings|typed-array)\.ts)/;

/** @typedef {import('../../scripts/flags.mjs').Build} Build */

/**
 * @typedef {object} Libraries paths of one build's bundles
 * @property {string} marked
 * @property {string} plain the same without marks, for threads that never die: a mark in every loop
 *   costs them more than their work
 */

/**
 * @param {Build} name
 * @returns {Libraries}
 */
export function librariesOf(name) {
  const folder = join(root, 'build', 'kill', name);
  return { marked: join(folder, 'marked.js'), plain: join(folder, 'plain.js') };
}

/**
 * Builds the library, with marks and without: the public face together with what `points.ts` exports.
 *
 * @param {Build} name
 */
export async function buildLibraries(name) {
  const { marked, plain } = librariesOf(name);
  /** @type {Point[]} */
  const points = [];
  await bundle(name, plain, []);
  await bundle(name, marked, [marking(points)]);
  const text = readFileSync(marked, 'utf8');
  const built = new Set([...text.matchAll(/\bkillPoint\((\d+)\)/g)].map(([, id]) => Number(id)));
  return points.map((point, id) => ({ ...point, built: built.has(id) }));
}

/** @param {Build} name @param {string} outfile @param {import('esbuild').Plugin[]} plugins */
async function bundle(name, outfile, plugins) {
  await build({
    absWorkingDir: root,
    entryPoints: [`test/kill/library${name === 'debug' ? '-debug' : ''}.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    define: defines([], name),
    logLevel: 'warning',
    // Leaves out what the flags of the published build leave out.
    minifySyntax: true,
    plugins,
  });
}

/**
 * @param {Point[]} points
 * @returns {import('esbuild').Plugin}
 */
function marking(points) {
  return {
    name: 'kill-points',
    setup(build) {
      // In the order of their paths, so that a point has the same number in every build.
      const texts = new Map(sources().map((file) => [file, mark(file, points)]));
      build.onResolve({ filter: /^kill-points$/ }, () => ({
        path: join(root, 'test', 'kill', 'points.ts'),
      }));
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const file = relative(root, path).replaceAll('\\', '/');
        return { contents: texts.get(file) ?? '', loader: 'ts' };
      });
    },
  };
}

function sources() {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .sort();
}

/**
 * The source with its marks, which are numbered on from `points` and described there.
 *
 * @param {string} file
 * @param {Point[]} points
 */
function mark(file, points) {
  const text = readFileSync(join(root, file), 'utf8');
  if (READ_ONLY.test(file)) return text;
  const { factory } = ts;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);

  /** @param {ts.Node} node @param {Point['kind']} kind */
  const call = (node, kind) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const id =
      points.push({ file, line, within: nameAround(node), kind, text: node.getText(source) }) - 1;
    return factory.createCallExpression(factory.createIdentifier('killPoint'), undefined, [
      factory.createNumericLiteral(id),
    ]);
  };
  /** @param {ts.Expression} first @param {ts.Statement} body */
  const before = (first, body) =>
    factory.createBlock([factory.createExpressionStatement(first), body], true);

  /** @type {ts.TransformerFactory<ts.SourceFile>} */
  const transformer = (context) => {
    /** @param {ts.Node} node @returns {ts.Node} */
    const visit = (node) => {
      if (!ts.isFunctionLike(node) && !ts.findAncestor(node, ts.isFunctionLike)) {
        // Runs while the module loads, before the thread knows any heap.
        return ts.visitEachChild(node, visit, context);
      }
      if (ts.isForStatement(node)) {
        const passed = call(node, 'back edge');
        const inner = ts.visitEachChild(node, visit, context);
        const step = inner.incrementor ? factory.createComma(inner.incrementor, passed) : passed;
        const { initializer, condition, statement } = inner;
        return factory.updateForStatement(inner, initializer, condition, step, statement);
      }
      if (ts.isWhileStatement(node)) {
        const passed = call(node, 'back edge');
        const { expression, statement } = ts.visitEachChild(node, visit, context);
        return factory.createForStatement(undefined, expression, passed, statement);
      }
      if (ts.isForOfStatement(node)) {
        const passed = call(node, 'back edge');
        const inner = ts.visitEachChild(node, visit, context);
        const { awaitModifier, initializer, expression } = inner;
        const body = before(passed, inner.statement);
        return factory.updateForOfStatement(inner, awaitModifier, initializer, expression, body);
      }
      if (isForeignCall(node)) {
        const called = call(node, 'call');
        const inner = /** @type {ts.Expression} */ (ts.visitEachChild(node, visit, context));
        return factory.createParenthesizedExpression(factory.createComma(called, inner));
      }
      if (ts.isDoStatement(node) || ts.isForInStatement(node)) {
        throw new Error(`${file}: no mark for this kind of loop`);
      }
      if (ts.isFunctionLike(node) && 'body' in node && node.body) {
        const entered = call(node, 'entry');
        return withEntry(ts.visitEachChild(node, visit, context), entered, context);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };

  const { transformed } = ts.transform(source, [transformer]);
  const marked = ts.createPrinter().printFile(/** @type {ts.SourceFile} */ (transformed[0]));
  return `import { killPoint } from 'kill-points';\n${marked}`;
}

/**
 * Whether this calls what may have no mark of its own: anything but a function by its name.
 *
 * @param {ts.Node} node
 */
function isForeignCall(node) {
  if (ts.isNewExpression(node)) return true;
  return (
    ts.isCallExpression(node) &&
    !ts.isIdentifier(node.expression) &&
    node.expression.kind !== ts.SyntaxKind.SuperKeyword &&
    !ts.isOptionalChain(node)
  );
}

/**
 * @param {ts.Node} node a function with a body
 * @param {ts.Expression} entered
 * @param {ts.TransformationContext} context
 */
function withEntry(node, entered, context) {
  const { factory } = ts;
  const statement = factory.createExpressionStatement(entered);
  /** @param {ts.Block} body */
  const enter = (body) => factory.createBlock([statement, ...body.statements], true);
  if (ts.isArrowFunction(node)) {
    const body = ts.isBlock(node.body)
      ? enter(node.body)
      : factory.createParenthesizedExpression(factory.createComma(entered, node.body));
    const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = node;
    return factory.updateArrowFunction(
      node,
      modifiers,
      typeParameters,
      parameters,
      type,
      equalsGreaterThanToken,
      body,
    );
  }
  // Every other function has a block, which a visit of its children may replace.
  return ts.visitEachChild(
    node,
    (child) =>
      'body' in node && child === node.body ? enter(/** @type {ts.Block} */ (child)) : child,
    context,
  );
}

/** @param {ts.Node} node */
function nameAround(node) {
  let callback = '';
  for (let at = node; at !== undefined; at = at.parent) {
    if (ts.isArrowFunction(at) && ts.isCallExpression(at.parent)) callback = 'callback in ';
    if (ts.isConstructorDeclaration(at)) return `new ${at.parent.name?.text ?? 'class'}`;
    if (ts.isPropertyAccessExpression(at)) continue;
    if (ts.isVariableDeclaration(at) && !(at.initializer && ts.isArrowFunction(at.initializer))) {
      continue;
    }
    const name = ts.isArrowFunction(at) ? undefined : /** @type {{ name?: ts.Node }} */ (at).name;
    if (name !== undefined && ts.isIdentifier(name)) return callback + name.text;
  }
  return `${callback}the module`;
}
