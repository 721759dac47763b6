/* Shared by the C twins of the benchmarks: clock, generator, arguments. */
#ifndef HAKMEM_BENCH_COMMON_H
#define HAKMEM_BENCH_COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

/* The seed of every workload, here and in JavaScript. */
#define SEED 2463534242u

static inline double seconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static inline uint32_t xorshift32(uint32_t x) {
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

/* A size from lo to lo + span - 1, from ten bits of x. */
static inline uint32_t size_from(uint32_t x, uint32_t lo, uint32_t span) {
  return lo + ((((x >> 8) & 1023) * span) >> 10);
}

/* Between two looks at what another thread is to write: leaves the core to its other half, as rest.ts. */
static inline void rest(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Adds a word to a checksum. */
static inline uint32_t checksum(uint32_t sum, uint32_t word) { return sum * 31 + word; }

/* Memory of the program's own, so that the allocator sees the workload alone. */
static inline void *map_zeroed(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  return memory;
}

/* From 0 to n - 1, of 31 bits of x; n is at most 2^22, so that JavaScript computes it exactly too. */
static inline uint32_t below(uint32_t x, uint32_t n) {
  return (uint32_t)(((uint64_t)(x >> 1) * n) >> 31);
}

static inline long number(int argc, char **argv, int index) {
  if (index >= argc) {
    fprintf(stderr, "%s: argument %d is missing\n", argv[0], index);
    exit(2);
  }
  return strtol(argv[index], NULL, 10);
}

#endif
