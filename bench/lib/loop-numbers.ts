/**
 * Numbers of the hot loops. In a file without imports, so that the bundler writes them into the code:
 * what a bundle declares at its top, V8 loads and checks at each use.
 */

/** random-mixed: blocks that are kept at once; a power of two. */
export const MIXED_SLOTS = 256;

/** glibc-thread: blocks that a thread keeps, and the lengths of its tables of sizes and of places. */
export const WORKING_SET = 1024;
export const DRAWN_SIZES = 8000;
export const DRAWN_PLACES = WORKING_SET * 4;

/** mstress: what an item is combined with, and the places of the buffer between the threads. */
export const COOKIE = 0x1ce4e5b9;
export const TRANSFERS = 1000;

/**
 * Turns per call of a hot loop: short enough that code which V8 finishes late is entered soon, long
 * enough that the call itself costs nothing.
 */
export const TURNS_PER_CALL = 2_000;
