/*
 * mstress SCALE: each turn a thread allocates hundreds of times SCALE blocks, keeps a third of them
 * to the turn's end, frees others at random, and swaps some with a buffer that all threads share.
 * An item of a block is 8 bytes; its first half is written, and checked before the block is freed.
 * After a turn half of the shared buffer is freed. An operation is one block, allocated here and
 * freed somewhere.
 *
 * After mstress.c of mimalloc (D. Leijen), as mimalloc-bench runs it (mstress N 50 25); there an
 * item is written whole, a turn's threads are ended and started again, and the lists of blocks are
 * allocated too.
 */
#include "team.h"

#define TRANSFERS 1000
#define COOKIE 0x1ce4e5b9u

struct stress {
  uint32_t state;
  int first;
  long allocations;
  uint32_t **data, **retained;
};

static long scale;
static _Atomic(uint32_t *) transfer[TRANSFERS];

/* C. Wellons' lowbias32. */
static inline uint32_t pick(uint32_t *state) {
  uint32_t x = *state;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return *state = x;
}

static inline int chance(uint32_t percent, uint32_t *state) { return pick(state) % 100 <= percent; }

static uint32_t *fresh(uint32_t items, uint32_t *state) {
  if (chance(1, state)) {
    if (chance(1, state)) items *= 10000;
    else if (chance(10, state)) items *= 1000;
    else items *= 100;
  }
  uint32_t *block = malloc(items * 8);
  for (uint32_t i = 0; i < items; i++) block[2 * i] = (items - i) ^ COOKIE;
  return block;
}

static void drop(uint32_t *block) {
  if (block == NULL) return;
  uint32_t items = block[0] ^ COOKIE;
  for (uint32_t i = 0; i < items; i++) {
    if ((block[2 * i] ^ COOKIE) != items - i) {
      fprintf(stderr, "a block has other content than was written\n");
      exit(1);
    }
  }
  free(block);
}

static void job_setup(void) { scale = parameter[0]; }

static void *job_start(long self) {
  struct stress *job = map_zeroed(sizeof *job);
  job->state = (uint32_t)(self + 1) * 43;
  job->first = self == 0;
  job->allocations = 100 * scale * (self % 8 + 1);
  job->data = map_zeroed(sizeof *job->data * (size_t)job->allocations);
  job->retained = map_zeroed(sizeof *job->retained * (size_t)job->allocations);
  return job;
}

static void turn(struct stress *job) {
  uint32_t r = job->state, **data = job->data, **retained = job->retained;
  long allocations = job->allocations, retain = allocations / 2;
  uint32_t top = 0, kept = 0;
  while (allocations > 0 || retain > 0) {
    if (retain == 0 || (chance(50, &r) && allocations > 0)) {
      allocations--;
      uint32_t items = 1u << pick(&r) % 5;
      data[top++] = fresh(items, &r);
    } else {
      uint32_t items = 1u << pick(&r) % 7;
      retained[kept++] = fresh(items, &r);
      retain--;
    }
    if (chance(66, &r) && top > 0) {
      uint32_t at = pick(&r) % top;
      drop(data[at]);
      data[at] = NULL;
    }
    if (chance(25, &r) && top > 0) {
      uint32_t at = pick(&r) % top;
      uint32_t with = pick(&r) % TRANSFERS;
      data[at] = atomic_exchange(&transfer[with], data[at]);
    }
  }
  for (uint32_t i = 0; i < kept; i++) drop(retained[i]);
  for (uint32_t i = 0; i < top; i++) drop(data[i]);
  job->state = r;
}

static long job_run(void *argument, long turns) {
  struct stress *job = argument;
  for (long i = 0; i < turns; i++) {
    turn(job);
    team_meet();
    if (job->first) {
      for (int at = 0; at < TRANSFERS; at++) {
        if (chance(50, &job->state)) drop(atomic_exchange(&transfer[at], NULL));
      }
    }
    team_meet();
  }
  return turns * (job->allocations + job->allocations / 2);
}

static uint32_t job_finish(void *argument) {
  struct stress *job = argument;
  if (job->first) {
    for (int at = 0; at < TRANSFERS; at++) drop(atomic_exchange(&transfer[at], NULL));
  }
  return job->state;
}
