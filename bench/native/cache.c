/*
 * cache SIZE WRITES SCRATCH: each turn allocates a small block, writes every byte of it WRITES times
 * and frees it. Blocks of two threads in one cache line make that slow. With SCRATCH, each thread
 * first frees a block that the first thread allocated next to those of the others: an allocator that
 * gives it out again to the thread that freed it puts the threads into one line.
 *
 * cache-scratch and cache-thrash of Hoard's benchmarks (E. Berger et al., ASPLOS 2000), as in
 * mimalloc-bench (cache-scratch N 1000 1 2000000 N) with fewer writes, so that allocation counts too.
 */
#include "team.h"

static uint32_t size;
static long writes, scratch;
static char *given[MAX_TEAM];

static void job_setup(void) {
  size = (uint32_t)parameter[0];
  writes = parameter[1];
  scratch = parameter[2];
}

static void *job_start(long self) {
  if (!scratch) return NULL;
  if (self == 0) {
    for (long i = 0; i < team_threads; i++) given[i] = malloc(size);
  }
  team_meet();
  free(given[self]);
  return NULL;
}

static long job_run(void *job, long turns) {
  (void)job;
  for (long turn = 0; turn < turns; turn++) {
    volatile char *block = malloc(size);
    for (long i = 0; i < writes; i++) {
      for (uint32_t at = 0; at < size; at++) {
        block[at] = (char)i;
        (void)block[at];
      }
    }
    free((void *)block);
  }
  return turns;
}

static uint32_t job_finish(void *job) {
  (void)job;
  return SEED;
}
