/*
 * replace LO HI BLOCKS: each thread keeps BLOCKS blocks and replaces a random one in each turn. With
 * more and more blocks it shows what the number of live blocks, or of live bytes, costs.
 */
#include "team.h"

struct replace {
  uint32_t state;
  uint32_t **blocks;
};

static uint32_t lo, span, count;

static void job_setup(void) {
  lo = (uint32_t)parameter[0];
  span = (uint32_t)(parameter[1] - parameter[0] + 1);
  count = (uint32_t)parameter[2];
}

static void *job_start(long self) {
  struct replace *job = map_zeroed(sizeof *job);
  uint32_t x = SEED + (uint32_t)self;
  job->blocks = map_zeroed(sizeof *job->blocks * count);
  for (uint32_t i = 0; i < count; i++) {
    x = xorshift32(x);
    uint32_t size = lo + below(x, span);
    *(job->blocks[i] = malloc(size)) = size;
  }
  job->state = x;
  return job;
}

static long job_run(void *argument, long turns) {
  struct replace *job = argument;
  uint32_t **blocks = job->blocks, x = job->state;
  for (long turn = 0; turn < turns; turn++) {
    x = xorshift32(x);
    uint32_t victim = below(x, count);
    free(blocks[victim]);
    x = xorshift32(x);
    uint32_t size = lo + below(x, span);
    *(blocks[victim] = malloc(size)) = size;
  }
  job->state = x;
  return turns;
}

static uint32_t job_finish(void *argument) {
  struct replace *job = argument;
  uint32_t sum = job->state;
  for (uint32_t i = 0; i < count; i++) {
    sum = checksum(sum, *job->blocks[i]);
    free(job->blocks[i]);
  }
  return sum;
}
