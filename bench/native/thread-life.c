/*
 * thread-life LO HI OPERATIONS: each turn a thread is started, does some turns of random-mixed, frees
 * what it has and ends. A C allocator notices a thread's start and end itself; here both are part of
 * the time, since they cannot be told apart.
 */
#include "team.h"
#include "mixed.h"

static void job_setup(void) {}

static void *live(void *job) {
  uint32_t lo = (uint32_t)parameter[0];
  mixed_run(job, lo, (uint32_t)parameter[1] - lo + 1, parameter[2]);
  mixed_finish(job);
  return NULL;
}

static void *job_start(long self) { return mixed_start(SEED + (uint32_t)self); }

static long job_run(void *job, long turns) {
  for (long turn = 0; turn < turns; turn++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, live, job) != 0) exit(1);
    pthread_join(thread, NULL);
  }
  return turns;
}

static uint32_t job_finish(void *job) { return mixed_finish(job); }
