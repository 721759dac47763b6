/** The pieces of syntax that the transformation puts in. */
import ts from 'typescript';

const { factory } = ts;
export const SCHEDULER = factory.createIdentifier('$scheduler');

/** @param {ts.Expression} expression */
export const paren = (expression) => factory.createParenthesizedExpression(expression);
/** @param {ts.Expression} left @param {ts.Expression} right */
export const assign = (left, right) => factory.createAssignment(left, right);
/** @param {number} value */
export const number = (value) => factory.createNumericLiteral(value);
/** @param {string} method @param {ts.Expression[]} args */
export const ask = (method, args) =>
  factory.createCallExpression(
    factory.createPropertyAccessExpression(SCHEDULER, method),
    undefined,
    args,
  );
/** @param {ts.Expression} question */
export const pauseIf = (question) =>
  paren(
    factory.createLogicalAnd(question, paren(factory.createYieldExpression(undefined, undefined))),
  );
/** @param {...ts.Expression} parts */
export const sequence = (...parts) =>
  paren(parts.reduce((left, right) => factory.createComma(left, right)));
export const edge = () => pauseIf(ask('edge', []));
