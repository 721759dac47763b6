/** Seed of every workload, the same as in bench/native/common.h. */
export const SEED = 2463534242;
