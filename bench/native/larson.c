/*
 * larson LO HI CHUNKS GENERATION: a server whose sessions outlive the threads that serve them. Each
 * thread replaces random ones of its CHUNKS blocks; after GENERATION turns all its blocks go to the
 * next thread, which frees what this one allocated.
 *
 * After P. Larson and M. Krishnan, "Memory Allocation for Long-Running Server Applications" (ISMM
 * 1998), with the arguments that mimalloc-bench gives it (larson 5 8 1000 5000 100 4141 N). There a
 * thread ends after a generation and starts its successor; here the threads stay and pass the blocks
 * on, which JavaScript's workers can do as fast.
 */
#include "team.h"

struct larson {
  uint32_t state;
  long at, age;
};

static uint32_t lo, span;
static long chunks, generation;
static char **blocks;

static void job_setup(void) {
  lo = (uint32_t)parameter[0];
  span = (uint32_t)(parameter[1] - parameter[0]);
  chunks = parameter[2];
  generation = parameter[3];
  blocks = map_zeroed(sizeof *blocks * (size_t)(chunks * team_threads));
}

static void *job_start(long self) {
  struct larson *job = map_zeroed(sizeof *job);
  uint32_t x = SEED + (uint32_t)self;
  for (long i = 0; i < chunks; i++) {
    x = xorshift32(x);
    char *block = malloc(lo + below(x, span));
    block[0] = 'a';
    blocks[self * chunks + i] = block;
  }
  job->state = x;
  job->at = self;
  return job;
}

static uint32_t replace(char **slots, uint32_t x, long turns) {
  uint32_t count = (uint32_t)chunks;
  for (long turn = 0; turn < turns; turn++) {
    x = xorshift32(x);
    uint32_t victim = below(x, count);
    free(slots[victim]);
    x = xorshift32(x);
    volatile char *block = malloc(lo + below(x, span));
    slots[victim] = (char *)block;
    block[0] = 'a';
    (void)block[0];
    block[1] = 'b';
  }
  return x;
}

static long job_run(void *argument, long turns) {
  struct larson *job = argument;
  for (long left = turns; left > 0;) {
    long count = generation - job->age;
    if (count > left) count = left;
    job->state = replace(blocks + job->at * chunks, job->state, count);
    left -= count;
    job->age += count;
    if (job->age < generation) continue;
    job->age = 0;
    if (team_threads == 1) continue;
    job->at = (job->at + 1) % team_threads;
    team_meet();
  }
  return turns;
}

static uint32_t job_finish(void *argument) {
  struct larson *job = argument;
  uint32_t sum = job->state;
  for (long i = 0; i < chunks; i++) {
    char *block = blocks[job->at * chunks + i];
    sum = checksum(sum, (uint32_t)block[0]);
    free(block);
  }
  return sum;
}
