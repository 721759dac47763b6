/**
 * Makes the library's functions resumable. Every function that takes steps becomes a generator, a
 * call of it a `yield*`, and before each access to a shared cell stands
 *
 *     scheduler.point(cell, site, kind) && (yield)
 *
 * so that the scheduler may let another thread go first. Function entries and loop back edges, where
 * V8 may end a terminated worker, become `scheduler.edge() && (yield)`.
 */
import ts from 'typescript';
import {
  atomicOf,
  calleeOf,
  isCellAccess,
  isScenarioFunction,
  keyOf,
  lengthOf,
  rangeOf,
  viewOf,
} from './analysis.mjs';
import { isDeclared, isTop, nameOf } from './names.mjs';
import { ask, assign, edge, number, paren, pauseIf, sequence } from './pieces.mjs';

export const PLAIN_READ = 0;
export const PLAIN_WRITE = 1;
export const ATOMIC_READ = 2;
export const ATOMIC_WRITE = 3;
export const ATOMIC_CHANGE = 4;
export const ATOMIC_CLAIM = 5;

/** @type {Record<string, number>} */
const ATOMIC_KINDS = { load: ATOMIC_READ, store: ATOMIC_WRITE, compareExchange: ATOMIC_CLAIM };

/** @typedef {{ file: string, line: number, text: string, benign: boolean }} Site */
/** @typedef {{ resumable: boolean, temps: ts.Identifier[] }} Within the function being changed */

const { factory } = ts;

/**
 * @param {import('./analysis.mjs').Module} module
 * @param {{ known: Set<string>, steps: Set<string> }} analysis
 * @param {Site[]} sites where accesses are described; an access is known by its index
 */
export function transform(module, analysis, sites) {
  const { transformed } = ts.transform(module.source, [
    (context) => (source) => new Transform(module, analysis, sites, context).run(source),
  ]);
  const text = ts.createPrinter().printFile(/** @type {ts.SourceFile} */ (transformed[0]));
  return `import { scheduler as $scheduler } from 'interleave-scheduler';\n${text}`;
}

class Transform {
  /** @type {Within} */
  within = { resumable: false, temps: [] };

  /**
   * @param {import('./analysis.mjs').Module} module
   * @param {{ known: Set<string>, steps: Set<string> }} analysis
   * @param {Site[]} sites
   * @param {ts.TransformationContext} context
   */
  constructor(module, { known, steps }, sites, context) {
    this.module = module;
    this.known = known;
    this.steps = steps;
    this.sites = sites;
    this.context = context;
  }

  /** @param {ts.SourceFile} source */
  run(source) {
    return ts.visitEachChild(source, this.visit, this.context);
  }

  /** @param {ts.Expression} node */
  expression(node) {
    return /** @type {ts.Expression} */ (this.visit(node));
  }

  /** @type {(node: ts.Node) => ts.Node} */
  visit = (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) return this.functionLike(node);
    if (ts.isBinaryExpression(node) && isCellAccess(node.left)) return this.assignment(node);
    if (
      (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
      isCellAccess(node.operand)
    ) {
      const operand = this.access(node.operand, PLAIN_WRITE);
      return ts.isPrefixUnaryExpression(node)
        ? factory.updatePrefixUnaryExpression(node, operand)
        : factory.updatePostfixUnaryExpression(node, operand);
    }
    if (isCellAccess(node)) return this.access(node, PLAIN_READ);
    if (ts.isCallExpression(node)) return this.call(node);
    if (this.within.resumable && ts.isIterationStatement(node, false)) return this.loop(node);
    return ts.visitEachChild(node, this.visit, this.context);
  };

  temp() {
    const name = factory.createIdentifier(`$${this.within.temps.length}`);
    this.within.temps.push(name);
    return name;
  }

  /** @param {ts.Node} node */
  site(node) {
    const { source, file } = this.module;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const text = node.getText(source).replace(/\s+/g, ' ');
    return number(this.sites.push({ file, line, text, benign: isDeclared(node, source) }) - 1);
  }

  /**
   * The index of a cell, with a step before it is used.
   * @param {ts.Expression} index @param {ts.Node} node @param {number} kind @param {string} view
   */
  stepped(index, node, kind, view) {
    const site = this.site(node);
    if (!this.within.resumable) {
      // A callback of an array's method cannot pause: noted, not scheduled.
      return ask('touch', [index, number(view === 'doubles' ? 2 : 1), site, number(kind)]);
    }
    const at = this.temp();
    const cell = view === 'doubles' ? factory.createMultiply(at, number(2)) : at;
    return sequence(assign(at, index), pauseIf(ask('point', [cell, site, number(kind)])), at);
  }

  /** @param {ts.Expression} node a cell access @param {number} kind */
  access(node, kind) {
    const access = /** @type {ts.ElementAccessExpression} */ (node);
    const view = viewOf(access.expression) ?? 'cells';
    const index = this.expression(access.argumentExpression);
    return factory.updateElementAccessExpression(
      access,
      this.expression(access.expression),
      this.stepped(index, node, kind, view),
    );
  }

  /** @param {ts.BinaryExpression} node whose left side is a cell access */
  assignment(node) {
    const { operatorToken } = node;
    if (operatorToken.kind < ts.SyntaxKind.FirstAssignment) {
      return ts.visitEachChild(node, this.visit, this.context);
    }
    if (operatorToken.kind > ts.SyntaxKind.LastAssignment) {
      return ts.visitEachChild(node, this.visit, this.context);
    }
    const right = this.expression(node.right);
    const plain = operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (!plain || !this.within.resumable) {
      // What is added is known before the cell is read, since a read-modify-write is one step here.
      if (!this.within.resumable) {
        return factory.updateBinaryExpression(
          node,
          this.access(node.left, PLAIN_WRITE),
          operatorToken,
          right,
        );
      }
      const value = this.temp();
      const left = this.access(node.left, PLAIN_WRITE);
      return sequence(
        assign(value, right),
        factory.updateBinaryExpression(node, left, operatorToken, value),
      );
    }
    const left = /** @type {ts.ElementAccessExpression} */ (node.left);
    const view = viewOf(left.expression);
    const [at, value] = [this.temp(), this.temp()];
    const cell = view === 'doubles' ? factory.createMultiply(at, number(2)) : at;
    const target = factory.updateElementAccessExpression(
      left,
      this.expression(left.expression),
      assign(at, this.expression(left.argumentExpression)),
    );
    const pause = pauseIf(ask('point', [cell, this.site(left), number(PLAIN_WRITE)]));
    return factory.updateBinaryExpression(
      node,
      target,
      operatorToken,
      sequence(assign(value, right), pause, value),
    );
  }

  /** @param {ts.CallExpression} node @returns {ts.Expression} */
  call(node) {
    const called = this.called(node);
    const foreign =
      ts.isPropertyAccessExpression(node.expression) &&
      !(ts.isParenthesizedExpression(called) && ts.isYieldExpression(called.expression));
    // V8 may end the thread where it calls what is built in, too.
    return foreign && this.within.resumable ? sequence(edge(), called) : called;
  }

  /** @param {ts.CallExpression} node @returns {ts.Expression} */
  called(node) {
    const atomic = atomicOf(node);
    if (atomic) return this.atomic(node, ATOMIC_KINDS[atomic] ?? ATOMIC_CHANGE);
    if (rangeOf(node)) return this.range(node);
    const length = lengthOf(node);
    if (length && this.within.resumable) {
      const kind = length === 'grow' ? ATOMIC_CHANGE : ATOMIC_READ;
      const inner = /** @type {ts.Expression} */ (
        ts.visitEachChild(node, this.visit, this.context)
      );
      return sequence(pauseIf(ask('length', [this.site(node), number(kind)])), inner);
    }
    const callee = calleeOf(this.module, node, this.known);
    if (!callee)
      return /** @type {ts.Expression} */ (ts.visitEachChild(node, this.visit, this.context));
    if (callee === 'visit' || this.steps.has(callee)) {
      if (!this.within.resumable) {
        throw new Error(
          `${this.module.file}: ${node.getText(this.module.source)} cannot pause here`,
        );
      }
      const called = factory.updateCallExpression(
        node,
        this.expression(node.expression),
        undefined,
        node.arguments.map((argument) => this.argument(argument)),
      );
      return paren(
        factory.createYieldExpression(factory.createToken(ts.SyntaxKind.AsteriskToken), called),
      );
    }
    const inner = /** @type {ts.CallExpression} */ (
      ts.visitEachChild(node, this.visit, this.context)
    );
    if (!this.within.resumable) return inner;
    // V8 may end the thread at the entry of this function too, once its arguments are there.
    const value = this.temp();
    const last = inner.arguments.at(-1);
    if (!last) return sequence(edge(), inner);
    const args = [...inner.arguments.slice(0, -1), sequence(assign(value, last), edge(), value)];
    return factory.updateCallExpression(inner, inner.expression, undefined, args);
  }

  /** @param {ts.Expression} argument of a call that takes steps */
  argument(argument) {
    if (!ts.isArrowFunction(argument)) return this.expression(argument);
    return this.resumable(argument);
  }

  /** @param {ts.CallExpression} node @param {number} kind */
  atomic(node, kind) {
    const [cells, cell, ...rest] = node.arguments.map((argument) => this.expression(argument));
    const at = this.temp();
    const args = [cells, assign(at, cell)];
    const values = rest.map((value) => {
      const kept = this.temp();
      args.push(assign(kept, value));
      return kept;
    });
    const question =
      kind === ATOMIC_CLAIM
        ? ask('claim', [at, this.site(node), values[0]])
        : ask('point', [at, this.site(node), number(kind)]);
    args.push(
      sequence(/** @type {ts.Expression} */ (args.pop()), pauseIf(question), values.at(-1) ?? at),
    );
    return factory.updateCallExpression(node, node.expression, undefined, args);
  }

  /** @param {ts.CallExpression} node a fill or a copy, whose cells change in one step */
  range(node) {
    const [value, from, to] = node.arguments.map((argument) => this.expression(argument));
    const scale = number(
      viewOf(/** @type {ts.PropertyAccessExpression} */ (node.expression).expression) === 'doubles'
        ? 2
        : 1,
    );
    if (!this.within.resumable) throw new Error(`${this.module.file}: a range in a callback`);
    const [first, start, end] = [this.temp(), this.temp(), this.temp()];
    const copied = factory.createAdd(first, factory.createSubtract(end, start));
    const written = rangeOf(node) === 'fill' ? [start, end] : [first, copied];
    return factory.updateCallExpression(node, node.expression, undefined, [
      assign(first, value),
      assign(start, from),
      sequence(assign(end, to), ask('range', [...written, scale, this.site(node)]), end),
    ]);
  }

  /** @param {ts.IterationStatement} node */
  loop(node) {
    if (ts.isForStatement(node)) {
      const inner = ts.visitEachChild(node, this.visit, this.context);
      const passed = inner.incrementor ? factory.createComma(inner.incrementor, edge()) : edge();
      const { initializer, condition, statement } = inner;
      return factory.updateForStatement(inner, initializer, condition, passed, statement);
    }
    if (ts.isWhileStatement(node)) {
      const { expression, statement } = ts.visitEachChild(node, this.visit, this.context);
      return factory.createForStatement(undefined, expression, edge(), statement);
    }
    if (ts.isDoStatement(node)) {
      const { expression, statement } = ts.visitEachChild(node, this.visit, this.context);
      const again = factory.createLogicalAnd(expression, sequence(edge(), factory.createTrue()));
      return factory.createDoStatement(statement, again);
    }
    if (ts.isForOfStatement(node)) {
      const inner = ts.visitEachChild(node, this.visit, this.context);
      const body = factory.createBlock([
        factory.createExpressionStatement(edge()),
        inner.statement,
      ]);
      const { awaitModifier, initializer, expression } = inner;
      return factory.updateForOfStatement(inner, awaitModifier, initializer, expression, body);
    }
    throw new Error(`${this.module.file}: no steps for this kind of loop`);
  }

  /** @param {ts.FunctionLikeDeclaration} node */
  functionLike(node) {
    const name = nameOf(node);
    if (name && this.steps.has(keyOf(this.module, name)) && isTop(node))
      return this.resumable(node);
    if (isScenarioFunction(node)) return this.resumable(node);
    if (ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent)) {
      return this.resumable(node);
    }
    const outer = this.within;
    this.within = { resumable: false, temps: [] };
    const inner = ts.visitEachChild(node, this.visit, this.context);
    this.within = outer;
    return inner;
  }

  /** @param {ts.FunctionLikeDeclaration} node @returns {any} its generator */
  resumable(node) {
    const outer = this.within;
    this.within = { resumable: true, temps: [] };
    const given = /** @type {ts.ConciseBody} */ (node.body);
    const block = ts.isBlock(given)
      ? ts.visitEachChild(given, this.visit, this.context)
      : factory.createBlock([factory.createReturnStatement(this.expression(given))]);
    const { temps } = this.within;
    this.within = outer;
    const declared = temps.map((temp) => factory.createVariableDeclaration(temp));
    const body = factory.createBlock(
      [
        ...(declared.length > 0
          ? [
              factory.createVariableStatement(
                undefined,
                factory.createVariableDeclarationList(declared, ts.NodeFlags.Let),
              ),
            ]
          : []),
        factory.createExpressionStatement(edge()),
        ...block.statements,
      ],
      true,
    );
    const star = factory.createToken(ts.SyntaxKind.AsteriskToken);
    const { parameters } = node;
    if (ts.isFunctionDeclaration(node)) {
      return factory.updateFunctionDeclaration(
        node,
        node.modifiers,
        star,
        node.name,
        node.typeParameters,
        parameters,
        undefined,
        body,
      );
    }
    if (ts.isMethodDeclaration(node)) {
      return factory.updateMethodDeclaration(
        node,
        node.modifiers,
        star,
        node.name,
        undefined,
        node.typeParameters,
        parameters,
        undefined,
        body,
      );
    }
    return factory.createFunctionExpression(
      undefined,
      star,
      undefined,
      undefined,
      parameters,
      undefined,
      body,
    );
  }
}
