/*
 * replay-parallel FILE: the recorded threads of a trace are dealt out to the threads at hand, each of which performs its events in order. Where two
 * of them use one slot by turns, the later waits for the earlier. A turn is one pass.
 */
#include "team.h"
#include "trace.h"

struct lane {
  long self, passes, count;
  uint32_t *mine;
};

/* Per event: the event that it has to wait for plus one, and whether another waits for it. */
static uint32_t *waits;
static uint8_t *awaited;
/* Per slot: the pass and the event that was performed there last and is awaited. */
static atomic_long *progress;
/* Per slot: the lane of its last event, which frees what is left there. */
static uint16_t *last_lane;

static long lane_of(long event) { return event_threads[event] % team_threads; }

static void job_setup(void) {
  load(team_words[0]);
  waits = map_zeroed((size_t)events * 4);
  awaited = map_zeroed((size_t)events);
  progress = map_zeroed((size_t)slots * sizeof *progress);
  last_lane = map_zeroed((size_t)slots * 2);
  uint32_t *last = map_zeroed((size_t)slots * 4);
  for (long i = 0; i < events; i++) {
    uint32_t before = last[event_slots[i]];
    if (before != 0 && lane_of(before - 1) != lane_of(i)) {
      waits[i] = before;
      awaited[before - 1] = 1;
    }
    last[event_slots[i]] = (uint32_t)i + 1;
    last_lane[event_slots[i]] = (uint16_t)lane_of(i);
  }
}

static void *job_start(long self) {
  struct lane *lane = map_zeroed(sizeof *lane);
  lane->self = self;
  lane->mine = map_zeroed((size_t)events * 4);
  for (long i = 0; i < events; i++) {
    if (lane_of(i) == self) lane->mine[lane->count++] = (uint32_t)i;
  }
  return lane;
}

static long job_run(void *argument, long turns) {
  struct lane *lane = argument;
  for (long turn = 0; turn < turns; turn++, lane->passes++) {
    long base = lane->passes * events;
    for (long n = 0; n < lane->count; n++) {
      long i = lane->mine[n];
      if (waits[i] != 0) {
        atomic_long *cell = &progress[event_slots[i]];
        for (int spin = 0; atomic_load_explicit(cell, memory_order_acquire) != base + waits[i];) {
          if (++spin > TEAM_SPINS) sched_yield();
        }
      }
      perform(i, 0);
      if (awaited[i]) {
        atomic_store_explicit(&progress[event_slots[i]], base + i + 1, memory_order_release);
      }
    }
    for (long slot = 0; slot < slots; slot++) {
      if (last_lane[slot] != lane->self || blocks[slot] == NULL) continue;
      free(blocks[slot]);
      blocks[slot] = NULL;
    }
    team_meet();
  }
  return turns * lane->count;
}

static uint32_t job_finish(void *argument) {
  return checksum((uint32_t)((struct lane *)argument)->count, SEED);
}
