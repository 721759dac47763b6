/*
 * xmalloc LO HI BATCH DEPTH: each thread allocates batches of blocks for the next thread and frees
 * the batches that it gets, so that no block is freed where it was allocated. A ring of DEPTH batches
 * leads from each thread to the next.
 *
 * xmalloc-test of C. Lever and D. Boreham, "malloc() Performance in a Multithreaded Linux
 * Environment" (USENIX 2000), as in mimalloc-bench. There batches of 4096 go through one locked list
 * of at most 100 from threads that only allocate to as many that only free; here each thread does
 * both, so that two threads fill two cores, and the rings cost next to nothing.
 */
#include "team.h"

#define SPINS 4096

struct ring {
  _Alignas(128) atomic_long taken;
  _Alignas(128) atomic_long filled;
};

struct side {
  uint32_t state;
  struct ring *out, *in;
  void **out_blocks, **in_blocks;
  long sent, received;
};

static uint32_t lo, span;
static long batch, depth;
static struct ring rings[MAX_TEAM];
static void **blocks;

static void job_setup(void) {
  lo = (uint32_t)parameter[0];
  span = (uint32_t)(parameter[1] - parameter[0] + 1);
  batch = parameter[2];
  depth = parameter[3];
  blocks = map_zeroed(sizeof *blocks * (size_t)(batch * depth * team_threads));
}

static void *job_start(long self) {
  struct side *side = map_zeroed(sizeof *side);
  long before = (self + team_threads - 1) % team_threads;
  side->state = SEED + (uint32_t)self;
  side->out = &rings[self];
  side->in = &rings[before];
  side->out_blocks = blocks + self * batch * depth;
  side->in_blocks = blocks + before * batch * depth;
  return side;
}

static long job_run(void *argument, long turns) {
  struct side *side = argument;
  uint32_t x = side->state;
  long sent = side->sent, received = side->received;
  long last_sent = sent + turns, last_received = received + turns;
  int idle = 0;
  while (sent < last_sent || received < last_received) {
    int moved = 0;
    if (sent < last_sent &&
        sent - atomic_load_explicit(&side->out->taken, memory_order_acquire) < depth) {
      void **to = side->out_blocks + sent % depth * batch;
      for (long i = 0; i < batch; i++) {
        x = xorshift32(x);
        uint32_t size = size_from(x, lo, span);
        uint32_t *block = malloc(size);
        *block = size;
        to[i] = block;
      }
      atomic_store_explicit(&side->out->filled, ++sent, memory_order_release);
      moved = 1;
    }
    if (received < last_received &&
        atomic_load_explicit(&side->in->filled, memory_order_acquire) > received) {
      void **from = side->in_blocks + received % depth * batch;
      for (long i = 0; i < batch; i++) free(from[i]);
      atomic_store_explicit(&side->in->taken, ++received, memory_order_release);
      moved = 1;
    }
    idle = moved ? 0 : idle + 1;
    if (idle > 0) rest();
    if (idle > SPINS) sched_yield();
  }
  side->state = x;
  side->sent = sent;
  side->received = received;
  return 2 * batch * turns;
}

static uint32_t job_finish(void *argument) { return ((struct side *)argument)->state; }
