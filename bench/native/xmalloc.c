/*
 * xmalloc LO HI WARMUP BATCHES: two threads, each frees what the other allocated. Blocks change
 * hands in batches, through a ring per direction, so that the ring costs next to nothing.
 */
#include "common.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define BATCH 256
#define DEPTH 4
#define SPINS 4096

struct ring {
  _Alignas(128) atomic_long taken;
  _Alignas(128) atomic_long filled;
  _Alignas(128) void *blocks[DEPTH][BATCH];
};

static struct ring rings[2];
static pthread_barrier_t together;
static uint32_t lo, span;
static long warmup, batches;
static double seconds[2];

static uint32_t exchange(struct ring *out, struct ring *in, uint32_t x, long rounds) {
  long sent = 0, received = 0;
  int idle = 0;
  while (sent < rounds || received < rounds) {
    int moved = 0;
    long filled = atomic_load_explicit(&out->filled, memory_order_relaxed);
    if (sent < rounds &&
        filled - atomic_load_explicit(&out->taken, memory_order_acquire) < DEPTH) {
      void **batch = out->blocks[filled % DEPTH];
      for (int i = 0; i < BATCH; i++) {
        x = xorshift32(x);
        uint32_t size = size_from(x, lo, span);
        uint32_t *block = malloc(size);
        *block = size;
        batch[i] = block;
      }
      atomic_store_explicit(&out->filled, filled + 1, memory_order_release);
      sent++;
      moved = 1;
    }
    long taken = atomic_load_explicit(&in->taken, memory_order_relaxed);
    if (received < rounds &&
        atomic_load_explicit(&in->filled, memory_order_acquire) > taken) {
      void **batch = in->blocks[taken % DEPTH];
      for (int i = 0; i < BATCH; i++) free(batch[i]);
      atomic_store_explicit(&in->taken, taken + 1, memory_order_release);
      received++;
      moved = 1;
    }
    idle = moved ? 0 : idle + 1;
    if (idle > SPINS) sched_yield();
  }
  return x;
}

static void *side(void *argument) {
  int self = *(int *)argument;
  struct ring *out = &rings[self], *in = &rings[1 - self];
  pthread_barrier_wait(&together);
  uint32_t x = exchange(out, in, SEED + (uint32_t)self, warmup);
  pthread_barrier_wait(&together);
  double start = seconds_now();
  exchange(out, in, x, batches);
  seconds[self] = seconds_now() - start;
  return NULL;
}

int main(int argc, char **argv) {
  lo = (uint32_t)number(argc, argv, 1);
  span = (uint32_t)number(argc, argv, 2) - lo + 1;
  warmup = number(argc, argv, 3);
  batches = number(argc, argv, 4);
  pthread_barrier_init(&together, NULL, 2);
  pthread_t threads[2];
  int selves[2] = {0, 1};
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, side, &selves[i]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  double mean = (seconds[0] + seconds[1]) / 2;
  printf("{\"figure\": %.1f}\n", 2.0 * BATCH * (double)batches / mean);
  return 0;
}
