/**
 * `x >>> UNSIGNED` is `x >>> 0`, an unsigned 32-bit number: JavaScript takes a shift modulo 32.
 *
 * For V8 they differ. Where the results of a shift by 0 have all been below 2^31, it takes it that
 * they will be, and tests each; of this shift it makes no instruction at all. In a file without
 * imports, so that the bundler writes the number into the code.
 */
export const UNSIGNED = 32;
