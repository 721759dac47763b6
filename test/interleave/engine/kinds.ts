/** How a cell is accessed; the numbers that stepping/transform.mjs writes into the code. */
export const PLAIN_READ = 0;
export const PLAIN_WRITE = 1;
export const ATOMIC_READ = 2;
export const ATOMIC_WRITE = 3;
/** A read-modify-write that always writes. */
export const ATOMIC_CHANGE = 4;
/** A compare-and-exchange, which is a read when it fails. */
export const ATOMIC_CLAIM = 5;

export const isAtomic = (kind: number): boolean => kind >= ATOMIC_READ;
export const isWrite = (kind: number): boolean => kind !== PLAIN_READ && kind !== ATOMIC_READ;

/** The most threads in one scenario, the one that cleans up included. */
export const MOST_THREADS = 5;
