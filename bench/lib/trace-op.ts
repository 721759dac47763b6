/** What an event of a trace does. Alone in a file, so that the bundler writes the numbers into the code. */
export const MALLOC = 0;
export const FREE = 1;
export const REALLOC = 2;
export const CALLOC = 3;
