/*
 * rptest LO HI BLOCKS OPERATIONS CROSS: in each turn a thread frees some of its BLOCKS blocks, frees
 * the lists of blocks that other threads gave it, and allocates up to OPERATIONS blocks of which small
 * ones are more frequent; every CROSS turns it allocates as many for another thread. Each page of a
 * block is touched. An operation is a malloc or a free. Where MOST_LISTS lists wait for a thread
 * already, since it is slower or does not run, whoever made the next one frees it.
 *
 * After rpmalloc-benchmark by M. Jansson, as mimalloc-bench runs it (rptest N 0 1 2 500 1000 100 8
 * 16000), with random numbers of its own.
 */
#include "team.h"

#define SIZES 2000
#define ALLOC_COUNTS 311
#define FREE_COUNTS 257
/* Prime to every BLOCKS that is a power of ten. */
#define ALLOC_SCATTER 337
#define FREE_SCATTER 523
#define MOST_LISTS 64

struct foreign {
  struct foreign *next;
  long count;
  uint32_t *blocks[];
};

struct rptest {
  long self, turn, cross_at;
  uint32_t size_at, alloc_at, free_at;
  uint32_t **blocks;
};

static uint32_t sizes[SIZES], alloc_counts[ALLOC_COUNTS], free_counts[FREE_COUNTS];
static uint32_t count;
static long cross;
static _Atomic(struct foreign *) given[MAX_TEAM];
static _Atomic int32_t waiting[MAX_TEAM];

static void job_setup(void) {
  uint32_t lo = (uint32_t)parameter[0], range = (uint32_t)(parameter[1] - parameter[0]);
  uint32_t operations = (uint32_t)parameter[3], x = SEED;
  count = (uint32_t)parameter[2];
  cross = parameter[4];
  for (int i = 0; i < SIZES; i++) {
    int32_t draw[3];
    for (int j = 0; j < 3; j++) draw[j] = (int32_t)((x = xorshift32(x)) >> 16);
    uint32_t weight = (uint32_t)abs(draw[0] + draw[1] - 65536);
    sizes[i] = lo + ((range * (uint32_t)draw[2] >> 16) * weight >> 16);
  }
  for (int i = 0; i < ALLOC_COUNTS; i++) {
    alloc_counts[i] = operations * ((x = xorshift32(x)) % 101) / 100;
  }
  for (int i = 0; i < FREE_COUNTS; i++) {
    free_counts[i] = operations * ((x = xorshift32(x)) % 101) / 125;
  }
}

static void *job_start(long self) {
  struct rptest *job = map_zeroed(sizeof *job);
  job->self = self;
  job->size_at = (uint32_t)((self + 1) * 37 % SIZES);
  job->blocks = map_zeroed(sizeof *job->blocks * count);
  return job;
}

static uint32_t *fresh(struct rptest *job) {
  uint32_t size = sizes[job->size_at];
  job->size_at = job->size_at + 1 == SIZES ? 0 : job->size_at + 1;
  char *block = malloc(size);
  *(uint32_t *)block = size;
  for (uint32_t at = 4096; at < size; at += 4096) block[at] = 1;
  block[size - 1] = 1;
  return (uint32_t *)block;
}

static long free_list(struct foreign *list) {
  long operations = list->count + 1;
  for (long i = 0; i < list->count; i++) free(list->blocks[i]);
  free(list);
  return operations;
}

static long take_given(struct rptest *job) {
  long operations = 0;
  int32_t lists = 0;
  struct foreign *list = atomic_exchange(&given[job->self], NULL);
  while (list != NULL) {
    struct foreign *next = list->next;
    operations += free_list(list);
    lists++;
    list = next;
  }
  if (lists > 0) atomic_fetch_sub(&waiting[job->self], lists);
  return operations;
}

static long give(struct rptest *job, uint32_t blocks) {
  struct foreign *list = malloc(16 + 8 * (size_t)blocks);
  list->count = blocks;
  for (uint32_t i = 0; i < blocks; i++) list->blocks[i] = fresh(job);
  job->cross_at = (job->cross_at + 1) % team_threads;
  if (team_threads > 1 && job->cross_at == job->self) {
    job->cross_at = (job->cross_at + 1) % team_threads;
  }
  if (atomic_load(&waiting[job->cross_at]) >= MOST_LISTS) return blocks + 1 + free_list(list);
  atomic_fetch_add(&waiting[job->cross_at], 1);
  _Atomic(struct foreign *) *head = &given[job->cross_at];
  list->next = atomic_load(head);
  while (!atomic_compare_exchange_weak(head, &list->next, list));
  return blocks + 1;
}

static long turn(struct rptest *job) {
  long operations = 0;
  uint32_t **blocks = job->blocks;
  for (uint32_t i = free_counts[job->turn % FREE_COUNTS]; i > 0; i--) {
    uint32_t **slot = &blocks[job->free_at];
    if (*slot != NULL) {
      free(*slot);
      *slot = NULL;
      operations++;
    }
    job->free_at = (job->free_at + FREE_SCATTER) % count;
  }
  operations += take_given(job);
  uint32_t allocate = alloc_counts[job->turn % ALLOC_COUNTS];
  for (uint32_t i = allocate; i > 0; i--) {
    uint32_t **slot = &blocks[job->alloc_at];
    if (*slot != NULL) {
      free(*slot);
      operations++;
    }
    *slot = fresh(job);
    operations++;
    job->alloc_at = (job->alloc_at + ALLOC_SCATTER) % count;
  }
  if (job->turn % cross == 0) operations += give(job, allocate);
  job->turn++;
  return operations;
}

static long job_run(void *argument, long turns) {
  long operations = 0;
  for (long i = 0; i < turns; i++) operations += turn(argument);
  return operations;
}

static uint32_t job_finish(void *argument) {
  struct rptest *job = argument;
  take_given(job);
  uint32_t sum = checksum((uint32_t)job->size_at, (uint32_t)(job->alloc_at + job->free_at));
  for (long i = 0; i < count; i++) {
    if (job->blocks[i] == NULL) continue;
    sum = checksum(sum, *job->blocks[i]);
    free(job->blocks[i]);
  }
  return sum;
}
