/* random-mixed LO HI WARMUP TURNS: one thread, 256 slots; a turn frees a full slot or fills it. */
#include "common.h"

#define SLOTS 256

static void *slots[SLOTS];

static uint32_t run(uint32_t x, uint32_t lo, uint32_t span, long turns) {
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
  return x;
}

int main(int argc, char **argv) {
  uint32_t lo = (uint32_t)number(argc, argv, 1);
  uint32_t span = (uint32_t)number(argc, argv, 2) - lo + 1;
  long warmup = number(argc, argv, 3);
  long turns = number(argc, argv, 4);
  uint32_t x = run(SEED, lo, span, warmup);
  double start = seconds_now();
  run(x, lo, span, turns);
  double seconds = seconds_now() - start;
  printf("{\"figure\": %.1f}\n", (double)turns / seconds);
  return 0;
}
