/* The loop of random-mixed, for the programs that have one. */
#ifndef HAKMEM_BENCH_MIXED_H
#define HAKMEM_BENCH_MIXED_H

#include "common.h"
#include <string.h>

#define SLOTS 256

struct mixed {
  uint32_t state;
  void *slots[SLOTS];
};

static struct mixed *mixed_start(uint32_t seed) {
  struct mixed *mixed = map_zeroed(sizeof *mixed);
  mixed->state = seed;
  return mixed;
}

static inline void mixed_run(struct mixed *mixed, uint32_t lo, uint32_t span, long turns) {
  void **slots = mixed->slots;
  uint32_t x = mixed->state;
  for (long turn = 0; turn < turns; turn++) {
    x = xorshift32(x);
    uint32_t slot = x & (SLOTS - 1);
    if (slots[slot] != NULL) {
      free(slots[slot]);
      slots[slot] = NULL;
    } else {
      uint32_t size = size_from(x, lo, span);
      uint32_t *block = malloc(size);
      *block = size;
      slots[slot] = block;
    }
  }
  mixed->state = x;
}

/* Frees every block; a checksum of the first words and of the state. */
static uint32_t mixed_finish(struct mixed *mixed) {
  uint32_t sum = mixed->state;
  for (int slot = 0; slot < SLOTS; slot++) {
    if (mixed->slots[slot] == NULL) continue;
    sum = checksum(sum, *(uint32_t *)mixed->slots[slot]);
    free(mixed->slots[slot]);
    mixed->slots[slot] = NULL;
  }
  return sum;
}

#endif
