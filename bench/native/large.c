/*
 * large LO HI BUFFERS FILL: up to BUFFERS large blocks live, a random one replaced in each turn. With
 * FILL every byte is set to zero, otherwise the first word and the last byte are written.
 *
 * Without FILL and with LO = HI: the scenarios json (64 KiB), mir (256 KiB) and vm (2 MiB). With FILL:
 * malloc-large of mimalloc-bench, by L. Stolyarov and D. Leijen, 20 buffers of 5 to 25 MiB.
 */
#include "team.h"
#include <string.h>

#define MAX_BUFFERS 256

struct large {
  uint32_t state;
  char *buffers[MAX_BUFFERS];
};

static uint32_t lo, span, count;
static long fill;

static void job_setup(void) {
  lo = (uint32_t)parameter[0];
  span = (uint32_t)(parameter[1] - parameter[0] + 1);
  count = (uint32_t)parameter[2];
  fill = parameter[3];
  if (count > MAX_BUFFERS) exit(2);
}

static void *job_start(long self) {
  struct large *job = map_zeroed(sizeof *job);
  job->state = SEED + (uint32_t)self;
  return job;
}

static long job_run(void *argument, long turns) {
  struct large *job = argument;
  uint32_t x = job->state;
  for (long turn = 0; turn < turns; turn++) {
    x = xorshift32(x);
    char **buffer = &job->buffers[x % count];
    if (*buffer != NULL) free(*buffer);
    x = xorshift32(x);
    uint32_t size = lo + x % span;
    char *block = malloc(size);
    if (fill) memset(block, 0, size);
    *(uint32_t *)block = size;
    block[size - 1] = 1;
    *buffer = block;
  }
  job->state = x;
  return turns;
}

static uint32_t job_finish(void *argument) {
  struct large *job = argument;
  uint32_t sum = job->state;
  for (uint32_t i = 0; i < count; i++) {
    if (job->buffers[i] == NULL) continue;
    sum = checksum(sum, *(uint32_t *)job->buffers[i]);
    free(job->buffers[i]);
  }
  return sum;
}
