/**
 * `x >>> UNSIGNED` is `x >>> 0`, an unsigned 32-bit number: JavaScript takes a shift modulo 32.
 *
 * For V8 they differ. Of a shift by 0 whose results were below 2^31 so far it expects that they will be,
 * and tests each; of this one it makes no instruction at all. In a file without imports, so that the
 * bundler writes the number into the code.
 */
export const UNSIGNED = 32;
