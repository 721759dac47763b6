/*
 * glibc-thread: each thread replaces blocks of a working set of 1024, in a random order drawn
 * beforehand, with sizes from 4 to 32768 of which large ones are rare (inverse square), and writes
 * every byte.
 *
 * bench-malloc-thread of the GNU C library's benchmarks, as in mimalloc-bench.
 */
#include "team.h"

#define WORKING_SET 1024
#define SIZES 8000
#define OFFSETS (WORKING_SET * 4)

struct thread {
  uint32_t size_at, offset_at;
  unsigned char *blocks[WORKING_SET];
};

static uint32_t sizes[SIZES], offsets[OFFSETS];

static void job_setup(void) {
  uint32_t x = SEED;
  const double least = 1.0 / 4, most = 1.0 / 32768;
  for (int i = 0; i < SIZES; i++) {
    x = xorshift32(x);
    double r = (double)x / 4294967296.0;
    sizes[i] = (uint32_t)(1.0 / (least - (least - most) * r));
  }
  for (int i = 0; i < OFFSETS; i++) {
    x = xorshift32(x);
    offsets[i] = x % WORKING_SET;
  }
}

static void *job_start(long self) {
  (void)self;
  return map_zeroed(sizeof(struct thread));
}

static long job_run(void *argument, long turns) {
  struct thread *job = argument;
  uint32_t size_at = job->size_at, offset_at = job->offset_at;
  for (long turn = 0; turn < turns; turn++) {
    uint32_t slot = offsets[offset_at], size = sizes[size_at];
    if (job->blocks[slot] != NULL) free(job->blocks[slot]);
    unsigned char *block = malloc(size);
    for (uint32_t i = 0; i < size; i++) block[i] = (unsigned char)i;
    job->blocks[slot] = block;
    offset_at = offset_at + 1 == OFFSETS ? 0 : offset_at + 1;
    size_at = size_at + 1 == SIZES ? 0 : size_at + 1;
  }
  job->size_at = size_at;
  job->offset_at = offset_at;
  return turns;
}

static uint32_t job_finish(void *argument) {
  struct thread *job = argument;
  uint32_t sum = checksum(job->size_at, job->offset_at);
  for (int i = 0; i < WORKING_SET; i++) {
    if (job->blocks[i] == NULL) continue;
    sum = checksum(sum, job->blocks[i][3]);
    free(job->blocks[i]);
  }
  return sum;
}
