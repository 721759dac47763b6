/*
 * Runs a program in one thread or in several; its twin is bench/child/team.ts.
 *
 *   PROGRAM THREADS WARMUP TURNS [parameters ...]
 *
 * A program defines job_setup, job_start, job_run and job_finish. It prints the operations of all
 * threads per second, from when all have warmed up until the last is done, and the checksum of all.
 */
#ifndef HAKMEM_BENCH_TEAM_H
#define HAKMEM_BENCH_TEAM_H

#include "common.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define MAX_TEAM 256

static long team_threads;
/* The program's own parameters, from 0. */
static long parameter[8];
/* The same as they stand. */
static char **team_words;

/* Once, before any thread starts. */
static void job_setup(void);
/* In each thread. */
static void *job_start(long self);
/* Returns the number of operations. */
static long job_run(void *job, long turns);
/* Frees what is left; the checksum. */
static uint32_t job_finish(void *job);

static long team_warmup, team_turns;
static double team_begin[MAX_TEAM], team_end[MAX_TEAM], team_operations[MAX_TEAM];
static uint32_t team_sum[MAX_TEAM];
static atomic_long team_waiting, team_round;

#define TEAM_SPINS 2000

/* Waits until every thread has called it as often. */
static void team_meet(void) {
  long round = atomic_load(&team_round);
  if (atomic_fetch_add(&team_waiting, 1) == team_threads - 1) {
    atomic_store(&team_waiting, 0);
    atomic_fetch_add(&team_round, 1);
    return;
  }
  for (int spin = 0; atomic_load(&team_round) == round; spin++) {
    rest();
    if (spin > TEAM_SPINS) sched_yield();
  }
}

static void *team_work(void *argument) {
  long self = (long)argument;
  void *job = job_start(self);
  if (team_warmup > 0) job_run(job, team_warmup);
  team_meet();
  team_begin[self] = seconds_now();
  team_operations[self] = (double)job_run(job, team_turns);
  team_end[self] = seconds_now();
  team_meet();
  team_sum[self] = job_finish(job);
  return NULL;
}

int main(int argc, char **argv) {
  team_threads = number(argc, argv, 1);
  team_warmup = number(argc, argv, 2);
  team_turns = number(argc, argv, 3);
  team_words = argv + 4;
  for (int i = 4; i < argc && i < 12; i++) parameter[i - 4] = strtol(argv[i], NULL, 10);
  if (team_threads < 1 || team_threads > MAX_TEAM) return 2;
  job_setup();
  if (team_threads == 1) {
    team_work(NULL);
  } else {
    pthread_t threads[MAX_TEAM];
    for (long i = 0; i < team_threads; i++) {
      if (pthread_create(&threads[i], NULL, team_work, (void *)i) != 0) return 1;
    }
    for (long i = 0; i < team_threads; i++) pthread_join(threads[i], NULL);
  }
  double begin = team_begin[0], end = team_end[0];
  double operations = 0;
  uint32_t sum = 0;
  for (long i = 0; i < team_threads; i++) {
    if (team_begin[i] < begin) begin = team_begin[i];
    if (team_end[i] > end) end = team_end[i];
    operations += team_operations[i];
    sum += team_sum[i];
  }
  printf("{\"figure\": %.1f, \"checksum\": %u}\n", operations / (end - begin), sum);
  return 0;
}

#endif
