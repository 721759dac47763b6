/* random-mixed LO HI: 256 slots a thread; a turn frees a full slot or fills an empty one. */
#include "team.h"
#include "mixed.h"

static void job_setup(void) {}

static void *job_start(long self) { return mixed_start(SEED + (uint32_t)self); }

static long job_run(void *job, long turns) {
  mixed_run(job, (uint32_t)parameter[0], (uint32_t)(parameter[1] - parameter[0] + 1), turns);
  return turns;
}

static uint32_t job_finish(void *job) { return mixed_finish(job); }
